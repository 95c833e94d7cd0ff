// The parts of four packages that the guide uses, as those packages declare them.
declare module "react-native" {
  export const Platform: { OS: "ios" | "android"; Version: string | number };
  interface AlertButton {
    text?: string;
    onPress?: (value?: string) => void;
  }
  interface AlertOptions {
    cancelable?: boolean;
    onDismiss?: () => void;
  }
  export const Alert: {
    alert(title: string, message?: string, buttons?: AlertButton[], options?: AlertOptions): void;
  };
  type AppStateStatus = "active" | "background" | "inactive" | "unknown" | "extension";
  export const AppState: {
    addEventListener(type: "change", listener: (state: AppStateStatus) => void): { remove(): void };
  };
  export const Linking: { openSettings(): Promise<void> };
}

declare module "react-native-permissions" {
  type PermissionStatus = "unavailable" | "denied" | "limited" | "granted" | "blocked";
  type NotificationOption = "alert" | "badge" | "sound" | "carPlay" | "criticalAlert" | "provisional";
  interface NotificationsResponse {
    status: PermissionStatus;
    settings: Record<string, boolean>;
  }
  export function checkNotifications(): Promise<NotificationsResponse>;
  export function requestNotifications(options?: NotificationOption[]): Promise<NotificationsResponse>;
  export function openSettings(type?: "application" | "alarms" | "fullscreen" | "notifications"): Promise<void>;
}

declare module "react-native-uuid" {
  const uuid: { v4(): string | Uint8Array };
  export default uuid;
}

declare module "@react-native-async-storage/async-storage" {
  const AsyncStorage: {
    getItem(key: string): Promise<string | null>;
    setItem(key: string, value: string): Promise<void>;
  };
  export default AsyncStorage;
}
