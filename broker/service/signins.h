// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/service/audit.h"
#include "broker/service/eventhub.h"
#include "broker/service/principal.h"
#include "broker/service/shell.h"
#include "broker/service/signinlimits.h"
#include "protocols/base/secret.h"
#include "protocols/wire/clientmessages.h"

#include <map>
#include <string>

namespace wardesk::broker {

/// Signing in and out, and whose token it is. Main lane only.
class SignIns
{
public:
    SignIns(Shell& shell, EventHub& events);
    void signIn(const wire::SignIn& request, const std::string& address, Done<wire::SignedIn> done);
    void signOut(const Principal& who, Done<bool> done);
    /// The owner of a bearer token; `unauthenticated` when it is not valid now.
    void authenticate(const std::string& token, const std::string& address, Done<Principal> done);

private:
    struct Attempt
    {
        std::string user;
        Secret password;
        std::string terminal;
        std::string address;
        std::string pairKey;
        std::string addressKey;
        std::string accountKey;
        OrganisationId organisation;
        std::optional<User> account;
        Done<wire::SignedIn> done;
    };
    using AttemptPtr = std::shared_ptr<Attempt>;
    static AuditNote noteOf(const Attempt& attempt, const OrganisationId& fallback);
    void begin(const AttemptPtr& attempt, SignInFailures failures);
    void refuseUnread(const AttemptPtr& attempt);
    void check(const AttemptPtr& attempt);
    void accept(const AttemptPtr& attempt);
    void refuse(const AttemptPtr& attempt);
    void finish(const AttemptPtr& attempt, Result<wire::SignedIn> result);
    void authenticateHeld(const SecretHash& hash, const std::string& address, Done<Principal> done);

    Shell& m_shell;
    EventHub& m_events;
    /// Attempts that are being checked, by account and address: they count as failures until they
    /// are done, so that a burst in parallel gets no more tries than one after the other.
    std::map<std::string, int> m_underway;
    std::size_t m_hashing = 0; ///< passwords that wait for a hash thread or are with one
    struct HeldToken
    {
        Principal owner;
        WallTime expiresAt {};
    };
    /// R14: tokens made while the database refuses writes. They end with this process.
    std::map<SecretHash, HeldToken> m_held;
};

}
