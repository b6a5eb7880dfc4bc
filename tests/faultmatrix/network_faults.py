# SPDX-FileCopyrightText: 2026 The Wardesk authors
# SPDX-License-Identifier: Apache-2.0
"""The network between clients, broker and desktops: lossy, narrow, late, broken off, and saying things twice."""

import nets
from cycle import Fault
from ground import Ground
from proxy import HostileProxy


class LossyNarrow(Fault):
    name = "lossy-network"
    text = "8 of 100 packets between broker, client and desktops lost (nft), on a link of 4 Mbit/s (tbf)"

    def strike(self, cell):
        nets.lose(8)
        nets.narrow("4mbit")

    def heal(self, cell):
        try:
            if cell.under_way:
                cell.under_way.result()
            cell.new_grant(None, "meanwhile")
            if cell.next.answer:
                cell.next.redeem()
        finally:
            nets.clear()


class Proxied(Ground):
    """Clients and agents reach the broker through a proxy of ours."""

    def start(self):
        self.proxy = HostileProxy(self)
        super().start()

    def stop(self):
        super().stop()
        self.proxy.stop()

    @property
    def url(self):
        return f"https://127.0.0.1:{self.proxy.port}"

    def agent_port(self):
        return self.proxy.port


class HostileLink(Fault):
    name = "hostile-link"
    text = "clients and agents behind a proxy that is late (20 to 120 ms), resets one connection in six and repeats requests and reports"

    def ground(self):
        return Proxied, {}

    def strike(self, cell):
        cell.ground.proxy.misbehave()

    def heal(self, cell):
        proxy = cell.ground.proxy
        try:
            if cell.under_way:
                cell.under_way.result()
            cell.new_grant(None, "meanwhile")
            if cell.next.answer:
                cell.next.redeem()
        finally:
            proxy.behave()
        cell.note(f"{proxy.counts['late']} late, {proxy.counts['reset']} reset, {proxy.counts['twice']} twice")


class GatewayKilled(Fault):
    name = "gateway"
    text = "the gateway or a relay is killed"
    not_yet = "there is no gateway and no relay yet"
