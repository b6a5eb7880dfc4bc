# SPDX-FileCopyrightText: 2026 The Wardesk authors
# SPDX-License-Identifier: Apache-2.0
"""The sixteen rows of the matrix, in the order of the issue that asked for them; and those that are run with virtual machines, too."""

from agent_faults import AgentTrouble
from client_faults import ClientsVanish, LoginStorm, SlowClients, SlowDirectory
from network_faults import GatewayKilled, HostileLink, LossyNarrow
from process_faults import BrokerFrozen, BrokerKilled, DesktopGone, LibvirtAway
from storage_faults import ClockJumps, DiskFails, OldBackup, PostgresGone

FAULTS = [BrokerKilled(), BrokerFrozen(), LibvirtAway(), DesktopGone(), AgentTrouble(), ClockJumps(), DiskFails(), PostgresGone(),
          SlowClients(), ClientsVanish(), LoginStorm(), SlowDirectory(), LossyNarrow(), HostileLink(), GatewayKilled(), OldBackup()]

# One point each, spread over the whole life: what tests/run runs.
REPRESENTATIVE = {
    "broker-killed": "after-lease", "broker-frozen": "before-start", "libvirtd": "before-start", "desktop-gone": "connected",
    "agent": "after-ticket", "clock": "before-ready", "disk": "after-lease", "postgresql": "after-ticket", "slow-clients": "before-lease",
    "clients-vanish": "after-credential", "login-storm": "after-ready", "slow-directory": "connected", "lossy-network": "log-off",
    "hostile-link": "before-lease", "gateway": "connected", "old-backup": "recycle",
}
assert {fault.name for fault in FAULTS} == set(REPRESENTATIVE) and len(FAULTS) == 16

# What meets a virtual machine otherwise than a container: its host's daemon, its own process, its agent behind an emulated card, and
# a broker whose starts take seconds. The impostors are left out: a machine's secret is in no description that they could read.
MACHINES = {"broker-killed": [""], "libvirtd": ["killed", "hung"], "desktop-gone": ["destroyed", "killed"], "agent": ["dead"],
            "postgresql": ["restarted"]}
# A machine is started, a broker that knows of it is not: what takes a container 0.1 s takes seconds here.
MACHINES_REPRESENTATIVE = {"broker-killed": "after-start"}
