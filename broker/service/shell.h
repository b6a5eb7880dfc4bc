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

template <typename Work, typename Finish>
void runOn(const Shell& shell, Lane& lane, Urgency urgency, Work work, Finish finish)
{
    using Outcome = std::invoke_result_t<Work>;
    Lane& main = shell.main;
    const bool accepted = lane.post(urgency, [&main, work = std::move(work), finish]() mutable {
        Outcome outcome = failure(Errc::internal, "nothing was done");
        try {
            outcome = work();
        } catch (const std::exception& error) {
            outcome = failure(Errc::internal, error.what());
        }
        std::ignore = main.post(
            Urgency::first, [finish = std::move(finish), outcome = std::move(outcome)]() mutable {
                finish(std::move(outcome));
            });
    });
    if (!accepted) {
        std::ignore = main.post(Urgency::first, [finish = std::move(finish)]() mutable {
            finish(Outcome(failure(
                Errc::overloaded, "The broker has too much to do right now. Try again shortly.")));
        });
    }
}

}

/// Runs job(Store&) -> Result<T> on the store's thread and then finish(Result<T>) on the main lane.
/// A full queue answers `overloaded`. finish is always called later, never from inside.
template <typename Job, typename Finish>
void onStore(Shell& shell, Urgency urgency, Job job, Finish finish)
{
    Store& store = shell.store;
    detail::runOn(
        shell, shell.storeLane, urgency,
        [&store, job = std::move(job)]() mutable { return job(store); }, std::move(finish));
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
