// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/service/signins.h"

#include "protocols/base/encoding.h"

namespace wardesk::broker {

namespace {

constexpr std::chrono::hours tokenLife { 12 };
constexpr std::size_t maxName = 128;
constexpr std::size_t maxPassword = 1024;
constexpr std::size_t maxHeldTokens = 10000;
/// R13: so many passwords are a second's work of a small machine. Who comes on top is told at once,
/// before the database is asked for anything.
constexpr std::size_t maxHashing = 64;
const char* const wrongWords = "The user name or the password is wrong.";

/// Is this the account that signed in, with the password that it signed in with?
bool isStill(const User& now, const User& then)
{
    return !now.disabled && now.passwordHash == then.passwordHash;
}

}

SignIns::SignIns(Shell& shell, EventHub& events)
    : m_shell(shell)
    , m_events(events)
{
}

void SignIns::signIn(
    const wire::SignIn& request, const std::string& address, Done<wire::SignedIn> done)
{
    if (request.user.empty() || request.user.size() > maxName
        || request.password.size() > maxPassword
        || request.terminal.value_or("").size() > maxName) {
        done(failure(Errc::invalidArgument,
            "'user' must have 1 to 128 bytes, 'password' at most 1024, 'terminal' at most 128"));
        return;
    }
    if (m_hashing >= maxHashing) {
        done(failure(Errc::overloaded,
            "Very many people are signing in right now. Try again in a few seconds."));
        return;
    }
    auto attempt = std::make_shared<Attempt>();
    attempt->user = request.user;
    attempt->password = Secret(request.password);
    attempt->terminal = request.terminal.value_or("");
    attempt->address = address;
    attempt->done = std::move(done);
    onStore(
        m_shell, Urgency::usual,
        [attempt, organisation = m_shell.organisation, named = request.organisation,
            now = m_shell.clock.wall()](Store& store) -> Result<SignInFailures> {
            attempt->organisation = organisation;
            if (named) {
                const auto other = store.findOrganisation(*named);
                attempt->organisation = other ? other->id : OrganisationId {};
            }
            auto user = store.findUserByName(attempt->organisation, attempt->user);
            if (user)
                attempt->account = std::move(*user);
            else if (user.error().code != Errc::notFound)
                return tl::unexpected(user.error());
            // By what the account is found by: in whatever way a name and its organisation are
            // written, they are one account and get the tries of one.
            const std::string account
                = attempt->organisation.value() + '/' + store.foldedName(attempt->user);
            // Hashed, because people type passwords into the name's field and the key is stored.
            const std::string accountHash = sha256Hex(account).substr(0, 32);
            attempt->accountKey = "account:" + accountHash;
            attempt->addressKey = "address:" + attempt->address;
            attempt->pairKey = "pair:" + accountHash + '@' + attempt->address;
            const WallTime since = now - signInWindow;
            SignInFailures failures;
            for (const auto& [key, count] : { std::pair(&attempt->pairKey, &failures.pair),
                     std::pair(&attempt->addressKey, &failures.address),
                     std::pair(&attempt->accountKey, &failures.account) }) {
                const auto counted = store.countSignInFailures(*key, since);
                if (!counted)
                    return tl::unexpected(counted.error());
                *count = *counted;
            }
            return failures;
        },
        [this, attempt](const Result<SignInFailures>& failures) {
            if (failures)
                begin(attempt, *failures);
            else
                attempt->done(tl::unexpected(failures.error()));
        });
}

void SignIns::begin(const AttemptPtr& attempt, SignInFailures failures)
{
    // A failure that was not counted yet is under way. With several threads or brokers on one
    // database a try or two may pass uncounted when they are made at the very same moment; none of
    // them can be counted on to.
    failures.pair += m_underway[attempt->pairKey]++;
    const SignInVerdict verdict = judge(failures);
    if (verdict.refused)
        refuseUnread(attempt);
    else if (verdict.delay.count() == 0)
        check(attempt);
    else
        m_shell.timers.after(verdict.delay, [this, attempt] { check(attempt); });
}

void SignIns::refuseUnread(const AttemptPtr& attempt)
{
    const Error refusal { Errc::tooMany,
        "Too many wrong passwords from here. Wait five minutes or ask IT." };
    onStore(
        m_shell, Urgency::usual,
        [attempt, refusal, fallback = m_shell.organisation, now = m_shell.clock.wall()](
            Store& store) { return writeAudit(store, noteOf(*attempt, fallback), &refusal, now); },
        [this, attempt, refusal](
            const Result<void>&) { finish(attempt, tl::unexpected(refusal)); });
}

AuditNote SignIns::noteOf(const Attempt& attempt, const OrganisationId& fallback)
{
    // The name as typed is not written: it may be a password.
    return { .organisation = attempt.organisation.isEmpty() ? fallback : attempt.organisation,
        .actor = attempt.account ? attempt.account->name : std::string("unknown"),
        .action = "session.signIn",
        .object = attempt.terminal,
        .detail = "from " + attempt.address };
}

void SignIns::check(const AttemptPtr& attempt)
{
    ++m_hashing;
    onHasher(
        m_shell,
        [attempt](const PasswordHasher& hasher) -> Result<bool> {
            // Unknown and disabled users cost the same (A1).
            const std::string hash = attempt->account ? attempt->account->passwordHash : "";
            return hasher.verify(hash, attempt->password);
        },
        [this, attempt](Result<bool> matches) {
            --m_hashing;
            attempt->password = Secret();
            if (!matches)
                finish(attempt, tl::unexpected(matches.error()));
            else if (*matches && attempt->account && !attempt->account->disabled)
                accept(attempt);
            else
                refuse(attempt);
        });
}

void SignIns::accept(const AttemptPtr& attempt)
{
    const std::string token = randomToken(32);
    const WallTime now = m_shell.clock.wall();
    const Principal owner { .user = *attempt->account,
        .token = SecretHash(sha256Hex(token)),
        .terminal = attempt->terminal,
        .address = attempt->address };
    onStore(
        m_shell, Urgency::first,
        [attempt, owner, now](Store& store) -> Result<bool> {
            const AuditNote note = broker::noteOf(owner, "session.signIn", owner.terminal);
            auto inserted = store.insertToken({ .hash = owner.token,
                .user = owner.user.id,
                .organisation = owner.user.organisation,
                .terminal = owner.terminal,
                .expiresAt = now + tokenLife,
                .passwordHash = owner.user.passwordHash });
            if (!inserted && inserted.error().code == Errc::stale)
                return failure(Errc::wrongCredentials, wrongWords);
            if (inserted) {
                std::ignore = store.clearSignInFailures(attempt->pairKey);
                inserted = recorded(store, note, inserted, now);
                if (!inserted)
                    std::ignore = store.revokeToken(owner.token);
            }
            if (!inserted)
                return tl::unexpected(inserted.error());
            return true;
        },
        [this, attempt, owner, token, now](Result<bool> stored) {
            if (!stored && stored.error().code == Errc::wrongCredentials) {
                refuse(attempt);
                return;
            }
            if (!stored && stored.error().code == Errc::storageFull
                && m_held.size() < maxHeldTokens) {
                m_held[owner.token] = { owner, now + tokenLife };
            } else if (!stored) {
                finish(attempt, tl::unexpected(stored.error()));
                return;
            }
            wire::SignedIn answer;
            answer.token = token;
            answer.expiresAt = (now + tokenLife).time_since_epoch().count();
            answer.user = owner.user.name;
            answer.displayName
                = owner.user.displayName.empty() ? owner.user.name : owner.user.displayName;
            answer.admin = owner.user.role == Role::administrator;
            finish(attempt, std::move(answer));
        });
}

void SignIns::refuse(const AttemptPtr& attempt)
{
    onStore(
        m_shell, Urgency::usual,
        [attempt, fallback = m_shell.organisation, now = m_shell.clock.wall()](
            Store& store) -> Result<bool> {
            for (const auto* key :
                { &attempt->pairKey, &attempt->addressKey, &attempt->accountKey })
                std::ignore = store.recordSignInFailure(*key, now);
            const Error wrong { Errc::wrongCredentials, {} };
            std::ignore = writeAudit(store, noteOf(*attempt, fallback), &wrong, now);
            return true;
        },
        [this, attempt](
            const Result<bool>&) { finish(attempt, failure(Errc::wrongCredentials, wrongWords)); });
}

void SignIns::finish(const AttemptPtr& attempt, Result<wire::SignedIn> result)
{
    const auto underway = m_underway.find(attempt->pairKey);
    if (underway != m_underway.end() && --underway->second <= 0)
        m_underway.erase(underway);
    attempt->done(std::move(result));
}

void SignIns::signOut(const Principal& who, Done<bool> done)
{
    const bool held = m_held.erase(who.token) > 0;
    onStore(
        m_shell, Urgency::first,
        [who, held, now = m_shell.clock.wall()](Store& store) -> Result<bool> {
            const AuditNote note = broker::noteOf(who, "session.signOut", who.terminal);
            const auto revoked
                = recorded(store, note, held ? Result<void>() : store.revokeToken(who.token), now);
            if (!revoked && !held)
                return tl::unexpected(revoked.error());
            return true;
        },
        [this, who, done](Result<bool> result) {
            if (result)
                m_events.endToken(who.token, "You signed out.");
            done(std::move(result));
        });
}

void SignIns::authenticate(
    const std::string& token, const std::string& address, Done<Principal> done)
{
    const SecretHash hash(sha256Hex(token));
    const WallTime now = m_shell.clock.wall();
    const auto held = m_held.find(hash);
    if (held != m_held.end() && held->second.expiresAt > now) {
        authenticateHeld(hash, address, std::move(done));
        return;
    }
    onStore(
        m_shell, Urgency::first,
        [hash, now](Store& store) { return store.findTokenOwner(hash, now); },
        [hash, address, done](Result<Store::TokenOwner> owner) {
            if (!owner) {
                done(tl::unexpected(owner.error()));
                return;
            }
            if (owner->user.disabled) {
                done(failure(Errc::unauthenticated, "This account is switched off."));
                return;
            }
            done(Principal { .user = std::move(owner->user),
                .token = hash,
                .terminal = std::move(owner->terminal),
                .address = address,
                .signedInUntil = owner->expiresAt });
        });
}

void SignIns::authenticateHeld(
    const SecretHash& hash, const std::string& address, Done<Principal> done)
{
    // The database knows nothing of this token, so what ends the others must be looked for (A5).
    onStore(
        m_shell, Urgency::first,
        [user = m_held.at(hash).owner.user.id](Store& store) { return store.findUser(user); },
        [this, hash, address, done](Result<User> user) {
            const auto held = m_held.find(hash);
            if (user && (held == m_held.end() || !isStill(*user, held->second.owner.user))) {
                m_held.erase(hash);
                user = failure(Errc::unauthenticated, "This sign-in has ended.");
            }
            if (!user) {
                done(tl::unexpected(user.error()));
                return;
            }
            done(Principal { .user = std::move(*user),
                .token = hash,
                .terminal = held->second.owner.terminal,
                .address = address,
                .signedInUntil = held->second.expiresAt });
        });
}

}
