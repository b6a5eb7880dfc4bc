// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
//
// The clients of tests/audit-allocations: each writes what it asked and was given to a file of its
// own, which is all that the checker reads beside the database.
#include "tests/support/auditclients/clinician.h"

#include <CLI/CLI.hpp>
#include <csignal>
#include <iostream>
#include <thread>

using namespace wardesk::audit;

int main(int argc, char** argv)
{
    std::signal(SIGPIPE, SIG_IGN);
    CLI::App app("Clients that take desktops and give them back.", "auditclients");
    Run run;
    std::string tokens;
    std::string history;
    unsigned clients = 16;
    unsigned seed = 1;
    app.add_option("--broker", run.brokers, "ADDRESS:PORT, for each broker")->required();
    app.add_option("--pool", run.pools, "name, for each pool")->required();
    app.add_option("--tokens", tokens, "file with users and their tokens")->required();
    app.add_option("--history", history, "folder for what the clients were told")->required();
    app.add_option("--clients", clients, "how many at the same time");
    app.add_option("--grants", run.grants, "how many in all")->required();
    app.add_option("--seed", seed, "of the clients' choices");
    CLI11_PARSE(app, argc, argv);

    std::vector<std::vector<User>> users(clients);
    std::ifstream file(tokens);
    User user;
    for (std::size_t number = 0; file >> user.id >> user.token; ++number)
        users[number % clients].push_back(user);
    if (users.back().empty()) {
        std::cerr << "auditclients: every client needs a user\n";
        return 2;
    }
    std::vector<std::thread> threads;
    for (unsigned client = 0; client < clients; ++client) {
        threads.emplace_back([&, client] {
            Clinician(run, users[client], history + "/client" + std::to_string(client) + ".tsv",
                seed * 1000 + client)
                .work();
        });
    }
    std::thread teller([&] {
        while (!run.stop && run.granted < run.grants) {
            std::cout << run.granted << std::endl;
            std::this_thread::sleep_for(std::chrono::seconds(1));
        }
    });
    for (std::thread& thread : threads)
        thread.join();
    run.stop = true;
    teller.join();
    std::cout << run.granted << "\trefused " << run.refused << "\tunheard " << run.unheard
              << std::endl;
    return 0;
}
