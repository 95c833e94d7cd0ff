"""Addresses of the demo shop."""

from django.urls import path

from campaigns.web import shop

app_name = "shop"
urlpatterns = [
    path("shop/", shop.shop, name="shop"),
    path("shop/basket/", shop.change_basket, name="basket"),
    path("shop/place/", shop.place_order, name="place"),
    path("shop/orders/", shop.orders, name="orders"),
]
