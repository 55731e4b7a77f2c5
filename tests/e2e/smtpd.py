"""A mail server: TLS first (STARTTLS), a name and a password, and what it takes as lines of JSON.

smtpd.py PORT CERTIFICATE KEY: mails to `never@` are refused for good, the first one to `later@` for now.
"""

import asyncio
import email
import email.policy
import json
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult


class Taker:
    later = False

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("never@"):
            return "550 5.1.1 no such mailbox"
        if address.startswith("later@") and not self.later:
            self.later = True
            return "451 4.7.1 try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        taken = {
            "from": str(mail["From"]),
            "to": envelope.rcpt_tos,
            "subject": str(mail["Subject"]),
            "id": str(mail["Message-ID"]),
            "body": mail.get_content(),
            "tls": session.ssl is not None,
            "user": session.auth_data.login.decode(),
        }
        print(json.dumps(taken), flush=True)
        return "250 taken"


def known(server, session, envelope, mechanism, data):
    return AuthResult(success=data.login == b"care" and data.password == b"hush", auth_data=data)


async def serve(port, certificate, key):
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    taker = Taker()

    def session():
        return SMTP(
            taker, tls_context=context, require_starttls=True, auth_required=True, authenticator=known, hostname="mail"
        )

    server = await asyncio.get_running_loop().create_server(session, "127.0.0.1", port)
    print(json.dumps({"port": server.sockets[0].getsockname()[1]}), flush=True)
    await server.serve_forever()


asyncio.run(serve(int(sys.argv[1]), sys.argv[2], sys.argv[3]))
