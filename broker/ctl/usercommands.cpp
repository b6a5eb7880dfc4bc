// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/ctl/command.h"
#include "broker/ctl/commands.h"
#include "broker/ctl/passwordinput.h"
#include "protocols/wire/adminmessages.h"

namespace wardesk::ctl::usercommands {

namespace {

const std::string users = "/api/v1/admin/users";

Table tableOf(const std::vector<wire::UserItem>& items)
{
    Table table({ "NAME", "DISPLAY NAME", "ADMIN", "DISABLED", "ADDED", "ID" });
    for (const wire::UserItem& item : items)
        table.add({ item.name, item.displayName, yesNo(item.admin), yesNo(item.disabled),
            timeText(item.createdAt), item.id });
    return table;
}

struct AddOptions
{
    wire::NewUser user;
    bool admin = false;
    std::string passwordFile;
};

Result<void> add(Context& c, const AddOptions& options)
{
    const auto password
        = readPassword(options.passwordFile, "New password of " + options.user.name, Typing::twice);
    if (!password)
        return tl::unexpected(password.error());
    wire::NewUser user = options.user;
    user.password = std::string(password->reveal());
    user.admin = options.admin;
    return c.print<wire::UserItem>(c.api().post(users, wire::encode(user)),
        [&c](const auto& item) { c.printTable(tableOf({ item })); });
}

struct PasswordOptions
{
    std::string user;
    std::string passwordFile;
};

Result<void> setPassword(Context& c, const PasswordOptions& options)
{
    const auto password
        = readPassword(options.passwordFile, "New password of " + options.user, Typing::twice);
    if (!password)
        return tl::unexpected(password.error());
    const wire::NewPassword message { .password = std::string(password->reveal()) };
    return c.confirm(
        c.api().post(users + '/' + pathStep(options.user) + "/password", wire::encode(message)),
        "The password of " + printable(options.user) + " is set; it is signed out everywhere.");
}

struct ChangeOptions
{
    std::string user;
    wire::UserChange change;
};

Result<void> change(Context& c, const ChangeOptions& options)
{
    return c.print<wire::UserItem>(
        c.api().patch(users + '/' + pathStep(options.user), wire::encode(options.change)),
        [&c](const auto& item) { c.printTable(tableOf({ item })); });
}

}

void addTo(CLI::App& app, Context& context)
{
    CLI::App* group = addGroup(app, "user", "Who may sign in");
    addCommand<NoOptions>(
        *group, context, "list", "List users", noOptions, [](Context& c, const NoOptions&) {
            return c.print<wire::ItemList<wire::UserItem>>(
                c.api().get(users), [&c](const auto& list) { c.printTable(tableOf(list.items)); });
        });
    addCommand<AddOptions>(
        *group, context, "add", "Add a user",
        [](CLI::App& command, AddOptions& options) {
            command.add_option("name", options.user.name, "Name for signing in")->required();
            command.add_option("--display-name", options.user.displayName, "Name for people");
            command.add_flag("--admin", options.admin, "May administer the broker");
            command
                .add_option("--password-file", options.passwordFile,
                    "The password is the first line of this file (-: standard input)")
                ->type_name("FILE");
        },
        add);
    addCommand<PasswordOptions>(
        *group, context, "passwd", "Set a password and sign the user out everywhere",
        [](CLI::App& command, PasswordOptions& options) {
            command.add_option("user", options.user, "Name or id of the user")->required();
            command
                .add_option("--password-file", options.passwordFile,
                    "The password is the first line of this file (-: standard input)")
                ->type_name("FILE");
        },
        setPassword);
    addCommand<ChangeOptions>(
        *group, context, "disable", "Switch a user off: signed out everywhere, no sign-in",
        [](CLI::App& command, ChangeOptions& options) {
            options.change.disabled = true;
            command.add_option("user", options.user, "Name or id of the user")->required();
            command.add_flag_callback(
                "--end-sessions", [&options] { options.change.endSessions = true; },
                "Also end what runs on the user's desktops; unsaved work is lost");
        },
        change);
    addCommand<ChangeOptions>(
        *group, context, "enable", "Switch a user on again",
        [](CLI::App& command, ChangeOptions& options) {
            command.add_option("user", options.user, "Name or id of the user")->required();
        },
        change);
}

}
