# SPDX-FileCopyrightText: 2026 The Wardesk authors
# SPDX-License-Identifier: Apache-2.0
# Sourced: names and places, each of which the environment may set to something else. Tests run a second
# data-centre network beside the demo's by setting WARDESK_NETWORK, WARDESK_BRIDGE and WARDESK_PREFIX.

PATH=$PATH:/usr/sbin:/sbin # libvirtd and others, also for a root without them
: "${WARDESK_STATE:=/var/lib/wardesk}"            # images, caches, pid files, the demo's data
: "${WARDESK_IMAGES:=$WARDESK_STATE/images}"      # <name>/rootfs and <name>/image.json
: "${WARDESK_CACHE:=$WARDESK_STATE/cache}"        # downloaded packages, the HIS database's dump
: "${WARDESK_RUN:=$WARDESK_STATE/run}"            # pid files and logs of what our scripts started
: "${WARDESK_NETWORK:=wardesk}"                   # libvirt's name of the data-centre network
: "${WARDESK_BRIDGE:=wardesk0}"
: "${WARDESK_PREFIX:=10.213.0}"                   # a /24: .1 host, .2 HIS machine, .16 to .239 desktops
: "${WARDESK_HIS_DOMAIN:=wardesk-his}"
: "${LIBVIRT_URI:=lxc:///system}"                 # where domains and the network live
: "${WARDESK_QEMU_URI:=qemu:///system}"           # the same for virtual machines
: "${WARDESK_VOLUMES:=$WARDESK_STATE/volumes}"    # libvirt's storage pool for their disks
: "${WARDESK_STORAGE:=wardesk}"                   # and its name
WARDESK_SUBNET=$WARDESK_PREFIX.0/24
WARDESK_HOST_ADDRESS=$WARDESK_PREFIX.1
WARDESK_HIS_ADDRESS=$WARDESK_PREFIX.2
export WARDESK_STATE WARDESK_IMAGES WARDESK_CACHE WARDESK_RUN WARDESK_NETWORK WARDESK_BRIDGE WARDESK_PREFIX
export WARDESK_HIS_DOMAIN LIBVIRT_URI WARDESK_QEMU_URI WARDESK_VOLUMES WARDESK_STORAGE WARDESK_SUBNET WARDESK_HOST_ADDRESS WARDESK_HIS_ADDRESS
