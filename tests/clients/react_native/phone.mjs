// A phone with a person who says yes, so that the guide's code runs in Node. SAYS: the permission at the start.
import { randomUUID } from "node:crypto";

const kept = new Map(Object.entries(JSON.parse(process.env.KEPT ?? "{}")));
const heard = [];
let permission = process.env.SAYS;

export const AsyncStorage = {
  getItem: async (key) => kept.get(key) ?? null,
  setItem: async (key, value) => void kept.set(key, String(value)),
};
export const uuid = { v4: () => randomUUID() };
export const Platform = { OS: "ios", Version: "18.1" };
export const Alert = { alert: (title, message, buttons) => queueMicrotask(buttons.at(-1).onPress) };
export const AppState = { addEventListener: (type, listener) => heard.push(listener) };
export const Linking = { openSettings: () => openSettings() };
export const checkNotifications = async () => ({ status: permission, settings: {} });
export const requestNotifications = async () => ({ status: (permission = "granted"), settings: {} });

/** The person switches notifications on, and comes back. */
export async function openSettings() {
  permission = "granted";
  setTimeout(() => heard.forEach((listener) => listener("active")), 0);
}
