// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/ctl/command.h"
#include "broker/ctl/commands.h"
#include "broker/ctl/passwordinput.h"
#include "broker/ctl/tokenfile.h"
#include "protocols/wire/clientmessages.h"

namespace wardesk::ctl::signincommands {

namespace {

struct SignInOptions
{
    std::string user;
    std::string organisation;
    std::string passwordFile;
};

Result<void> signIn(Context& context, const SignInOptions& options)
{
    const auto password
        = readPassword(options.passwordFile, "Password of " + options.user, Typing::once);
    if (!password)
        return tl::unexpected(password.error());
    wire::SignIn message { .user = options.user,
        .password = std::string(password->reveal()),
        .organisation = {},
        .terminal = "wardeskctl" };
    if (!options.organisation.empty())
        message.organisation = options.organisation;
    const auto body = context.api().post("/api/v1/session", wire::encode(message));
    if (!body)
        return tl::unexpected(body.error());
    auto answer = wire::decode<wire::SignedIn>(*body);
    if (!answer)
        return tl::unexpected(Context::notUnderstood(answer.error()));
    const auto written
        = writeToken(context.settings.tokenFile, Secret(std::exchange(answer->token, {})));
    if (!written)
        return written;
    if (context.settings.json) {
        answer->token.clear(); // it is in the file; not on screens and in logs
        context.printLine(wire::encode(*answer));
    } else {
        context.printLine("Signed in as " + printable(answer->displayName) + " until "
            + timeText(answer->expiresAt) + ".");
    }
    return {};
}

Result<void> signOut(Context& context, const NoOptions&)
{
    const auto answer = context.api().remove("/api/v1/session");
    // A token that is worth nothing any more need not be kept either.
    if (answer || answer.error().code == Errc::unauthenticated) {
        removeToken(context.settings.tokenFile);
        return context.confirm(std::string(), "Signed out.");
    }
    return tl::unexpected(answer.error());
}

}

void addTo(CLI::App& app, Context& context)
{
    CLI::App* login = addCommand<SignInOptions>(
        app, context, "login", "Sign in and keep the token in the token file",
        [](CLI::App& command, SignInOptions& options) {
            command.add_option("--user,user", options.user, "Name of the user")->required();
            command.add_option("--organisation", options.organisation, "The user's organisation");
            command
                .add_option("--password-file", options.passwordFile,
                    "The password is the first line of this file (-: standard input)")
                ->type_name("FILE");
        },
        signIn, Context::SignedIn::no);
    login->alias("sign-in");
    CLI::App* logout = addCommand<NoOptions>(app, context, "logout",
        "Sign out: the token is worth nothing any more", noOptions, signOut);
    logout->alias("sign-out");
}

}
