"""Reads messages as a stranger's service in Python would, and prints what it understands of each.

A line of standard input holds one message: its binding (rabbitmq or kafka), what stands beside the body, the body.
"""

import json
import sys

from cloudevents.core.bindings import kafka, rabbitmq


def event_of(message):
    body = message["body"].encode()
    if message["binding"] == "rabbitmq":
        return rabbitmq.from_structured_event(
            rabbitmq.RabbitMQMessage(headers={}, content_type=message["content_type"], body=body)
        )
    headers = {name: value.encode() for name, value in message["headers"].items()}
    return kafka.from_structured_event(kafka.KafkaMessage(headers=headers, key=None, value=body))


def main():
    for line in sys.stdin:
        message = json.loads(line)
        beside = message.get("content_type") or message["headers"]["content-type"]
        assert beside == "application/cloudevents+json", beside
        event = event_of(message)
        understood = {
            "specversion": event.get_specversion(),
            "id": event.get_id(),
            "type": event.get_type(),
            "source": event.get_source(),
            "subject": event.get_subject(),
            "time_ms": round(event.get_time().timestamp() * 1000),
            "sequence": event.get_extension("sequence"),
            "traceparent": event.get_extension("traceparent"),
            "datacontenttype": event.get_datacontenttype(),
            "data": event.get_data(),
        }
        print(json.dumps(understood))


main()
