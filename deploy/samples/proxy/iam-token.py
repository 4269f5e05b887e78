#!/usr/bin/env python3
"""Prints a token that ElastiCache or MemoryDB takes as the password of a user with IAM authentication.

iam-token.py elasticache|memorydb CLUSTER USER [REGION]

It is a request to connect, signed and not sent (https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/auth-iam.html).
CLUSTER is the id of the replication group, or of the MemoryDB cluster. Needs botocore.
"""
import sys
from urllib.parse import urlencode

import botocore.session
from botocore.model import ServiceId
from botocore.signers import RequestSigner

SECONDS = 900  # The longest that AWS allows.


def token(service, cluster, user, region=None):
    session = botocore.session.get_session()
    region = region or session.get_config_variable("region")
    credentials = session.get_credentials()
    if region is None or credentials is None:
        sys.exit("Cannot make a token: no AWS region or credentials, want those of the AWS command line")
    events = session.get_component("event_emitter")
    signer = RequestSigner(ServiceId(service), region, service, "v4", credentials, events)
    request = {
        "method": "GET",
        "url": f"https://{cluster}/?{urlencode({'Action': 'connect', 'User': user})}",
        "body": {},
        "headers": {},
        "context": {},
    }
    url = signer.generate_presigned_url(request, "connect", expires_in=SECONDS, region_name=region)
    return url.removeprefix("https://")


if __name__ == "__main__":
    if len(sys.argv) not in (4, 5) or sys.argv[1] not in ("elasticache", "memorydb"):
        sys.exit(__doc__)
    print(token(*sys.argv[1:]))
