// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/ctl/command.h"
#include "broker/ctl/commands.h"
#include "protocols/wire/adminmessages.h"

namespace wardesk::ctl {

namespace {

const char* const images = "/api/v1/admin/images";

Table tableOf(const std::vector<wire::ImageItem>& items)
{
    Table table({ "NAME", "VERSION", "KIND", "SOURCE", "ADDED", "ID" });
    for (const wire::ImageItem& item : items)
        table.add(
            { item.name, item.version, item.kind, item.source, timeText(item.createdAt), item.id });
    return table;
}

}

void addImageCommands(CLI::App& app, Context& context)
{
    CLI::App* group = addGroup(app, "image", "What desktops are made of");
    addCommand<NoOptions>(
        *group, context, "list", "List images", noOptions, [](Context& c, const NoOptions&) {
            return c.print<wire::ItemList<wire::ImageItem>>(
                c.api().get(images), [&c](const auto& list) { c.printTable(tableOf(list.items)); });
        });
    addCommand<wire::NewImage>(
        *group, context, "add", "Make an image known that is on the host",
        [](CLI::App& command, wire::NewImage& image) {
            command.add_option("name", image.name, "Name of the image")->required();
            command.add_option("--version", image.version, "Its version, for people")->required();
            command
                .add_option("--kind", image.kind, "lxc: containers; qemu: virtual machines (lxc)")
                ->check(CLI::IsMember({ "lxc", "qemu" }))
                ->type_name("KIND");
            command
                .add_option("--source", image.source,
                    "lxc: directory of its root on the host; qemu: directory of its disk here")
                ->required();
        },
        [](Context& c, const wire::NewImage& image) {
            return c.print<wire::ImageItem>(c.api().post(images, wire::encode(image)),
                [&c](const auto& item) { c.printTable(tableOf({ item })); });
        });
}

}
