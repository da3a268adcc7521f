"""The built-in profiles, as the last section of docs/leaf-v1.md has them.

Pointers as text ("" or none: this source has none); `type` holds `type` and `type_fallbacks`; [] in scope is everything.
"""

SEND, DELIVERY, READ, STATUS = "message:send", "message:delivery", "message:read", "message:status"
MESSAGE_TYPES = [SEND, DELIVERY, READ, STATUS, "message:status:timeout"]
CHANNELS = {"sms": "SMS", "email": "EMAIL", "webchat": "WEBCHAT", "mms": "MMS"}
MESSENGERS = ["open", "webmessaging", "webmessenger", "facebook", "instagram", "twitter", "whatsapp", "line", "apple"]

PROFILES = {
    "default": {
        "id": ["/id"], "type": ["/type"], "version": "/version", "time": "/timestamp", "message_id": "/message/id",
        "direction": "/message/direction", "channel": "/message/channel",
        "delivery_time": "/message/deliveryTimestamp", "correlation_id": "/message/metadata/audit_correlation_id",
        "channel_map": CHANNELS, "types": MESSAGE_TYPES, "directions": ["outbound"],
        "channels": ["SMS", "EMAIL", "WEBCHAT", "MMS"],
    },
    "genesys-open-messaging": {
        "id": ["/id", "/type"], "id_optional": ["/status", "/channel/time"], "type": ["/status", "/type"],
        "time": "/channel/time", "message_id": "/id", "direction": "/direction", "channel": "/channel/platform",
        "correlation_id": "/metadata/audit_correlation_id",
        "channel_map": {**CHANNELS, **{messenger: "WEBCHAT" for messenger in MESSENGERS}},
        "type_map": {
            **dict.fromkeys(["Text", "Structured", "Message", "Queued", "Sent", "Published", "DeliveryPushed"], SEND),
            **dict.fromkeys(["Delivered", "DeliverySuccess", "delivery-success"], DELIVERY),
            "Read": READ,
            **dict.fromkeys(["Receipt", "Unknown", "Received", "Failed", "DeliveryFailed", "delivery-failed", "Removed"],
                            STATUS),
        },
        "types": MESSAGE_TYPES, "directions": ["outbound"], "direction_exemption": ("/type", ["Receipt"]),
    },
    "genesys-eventbridge": {
        "id": ["/id"], "type": ["/detail-type"], "version": "/detail/version", "time": "/detail/timestamp",
        "message_id": "/detail/eventBody/conversationId", "direction": "/detail/eventBody/direction",
        "channel": "/detail/eventBody/mediaType", "correlation_id": "/detail/metadata/CorrelationId",
        "channel_map": {**CHANNELS, "chat": "WEBCHAT"},
    },
    "generic": {
        "id": ["/id"], "type": ["/type"], "version": "/version", "time": "/timestamp", "message_id": "/message_id",
        "direction": "/direction", "channel": "/channel", "correlation_id": "/correlation_id",
        "channel_map": CHANNELS,
    },
}
