// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "broker/domain/passwordhasher.h"
#include "broker/domain/store.h"
#include "broker/service/lane.h"
#include "broker/service/timers.h"
#include "protocols/base/clock.h"
#include "protocols/base/error.h"

#include <exception>
#include <functional>
#include <string>
#include <utility>

namespace wardesk::broker {

template <typename T> using Done = std::function<void(Result<T>)>;

/// What everything in this folder stands on. All state of the service lives on the main lane (the
/// network thread); the store and the hasher are touched on their own lanes only. Everything here
/// outlives the services.
struct Shell
{
    Lane& main;
    Lane& storeLane;
    Lane& hashLane;
    Timers& timers;
    const Clock& clock;
    Store& store;
    const PasswordHasher& hasher;
    OrganisationId organisation; ///< the default one, for signing in without naming any
};

namespace detail {

template <typename Work> auto outcomeOf(Work&& work) -> decltype(work())
{
    try {
        return work();
    } catch (const std::exception& error) {
        return failure(Errc::internal, error.what());
    }
}

template <typename Outcome, typename Finish>
void finishOn(Lane& main, Finish finish, Outcome outcome)
{
    std::ignore = main.post(
        Urgency::first, [finish = std::move(finish), outcome = std::move(outcome)]() mutable {
            finish(std::move(outcome));
        });
}

template <typename Outcome, typename Finish> void refuseOn(Lane& main, Finish finish)
{
    finishOn(main, std::move(finish),
        Outcome(failure(
            Errc::overloaded, "The broker has too much to do right now. Try again shortly.")));
}

template <typename Work, typename Finish>
void runOn(const Shell& shell, Lane& lane, Urgency urgency, Work work, Finish finish)
{
    using Outcome = std::invoke_result_t<Work>;
    Lane& main = shell.main;
    const bool accepted = lane.post(urgency, [&main, work = std::move(work), finish]() mutable {
        finishOn(main, std::move(finish), Outcome(outcomeOf(work)));
    });
    if (!accepted)
        refuseOn<Outcome>(main, std::move(finish));
}

}

/// Runs job(Store&) -> Result<T> on the store's thread and then finish(Result<T>) on the main lane,
/// once what the job wrote is durable. A job may be run again when the group of jobs that it was
/// committed with could not be: it does not change what it captured. A full queue answers
/// `overloaded`. finish is always called later, never from inside.
template <typename Job, typename Finish>
void onStore(Shell& shell, Urgency urgency, Job job, Finish finish)
{
    using Outcome = std::invoke_result_t<const Job&, Store&>;
    Store& store = shell.store;
    Lane& main = shell.main;
    const bool accepted = shell.storeLane.postGrouped(
        urgency, [&store, &main, job = std::move(job), finish]() -> Lane::Completion {
            Outcome outcome = detail::outcomeOf([&] { return job(store); });
            return [&main, finish, outcome = std::move(outcome)](
                       const Result<void>& committed) mutable {
                if (!committed)
                    outcome = tl::unexpected(committed.error());
                detail::finishOn(main, std::move(finish), std::move(outcome));
            };
        });
    if (!accepted)
        detail::refuseOn<Outcome>(main, std::move(finish));
}

/// The same for job(const PasswordHasher&) on the hash threads.
template <typename Job, typename Finish> void onHasher(Shell& shell, Job job, Finish finish)
{
    const PasswordHasher& hasher = shell.hasher;
    detail::runOn(
        shell, shell.hashLane, Urgency::usual,
        [&hasher, job = std::move(job)]() mutable { return job(hasher); }, std::move(finish));
}

}
