// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
#include "broker/ctl/command.h"
#include "broker/ctl/commands.h"
#include "broker/ctl/imagefiles.h"
#include "protocols/wire/adminmessages.h"

#include <cstdlib>

namespace wardesk::ctl::imagecommands {

namespace {

const std::string images = "/api/v1/admin/images";

std::string pathOf(const std::string& image, const char* act = "")
{
    return images + '/' + pathStep(image) + act;
}

std::string contentText(const wire::ImageItem& item)
{
    if (item.content == "changed")
        return "CHANGED since it was imported";
    return item.content + (item.checkedAt ? ", " + shortTimeText(item.checkedAt) : "");
}

std::string poolsText(const wire::ImageItem& item)
{
    std::string text;
    for (const std::string& pool : item.pools)
        text += (text.empty() ? "" : ", ") + pool;
    return text;
}

Table tableOf(const std::vector<wire::ImageItem>& items)
{
    Table table({ "NAME", "VERSION", "STATE", "KIND", "BY", "ADDED", "POOLS", "CONTENT", "NOTE" });
    for (const wire::ImageItem& item : items)
        table.add({ item.name, item.version, item.state, item.kind, item.createdBy,
            shortTimeText(item.createdAt), poolsText(item), contentText(item), item.note });
    return table;
}

void show(const Context& c, const wire::ImageItem& item)
{
    Table table({ "IMAGE", printable(item.name) });
    table.add({ "version", item.version });
    table.add({ "id", item.id });
    table.add(
        { "state", item.state + ", since " + timeText(item.stateAt) + ", by " + item.stateBy });
    table.add({ "note", item.note });
    table.add({ "kind", item.kind });
    table.add({ "source", item.source });
    table.add({ "added", timeText(item.createdAt) + " by " + item.createdBy });
    table.add({ "content", item.contentHash.empty() ? "never read" : item.contentHash });
    table.add({ "looked at", contentText(item) });
    table.add({ "pools", poolsText(item) });
    c.printTable(table);
}

Result<void> printItem(Context& c, const Result<std::string>& body)
{
    return c.print<wire::ImageItem>(body, [&c](const auto& item) { show(c, item); });
}

/// Of the commands that bring a version.
struct NewVersion
{
    std::string name;
    std::string from; ///< file or folder, or the recipe
    std::optional<std::string> version;
    std::string note;
    std::string store;
    std::string builder;
    std::string agent;
    std::string recipes;
    bool disk = false;
    bool force = false;
    bool publish = false;
    bool inPlace = false;
};

std::string fromEnvironment(const char* name, const char* otherwise)
{
    const char* const found = std::getenv(name);
    return found != nullptr && *found != '\0' ? found : otherwise;
}

void defineNew(CLI::App& command, NewVersion& options)
{
    command.add_option("--version", options.version, "For people (the next whole number)");
    command.add_option("--note", options.note, "What is new in this version");
    command.add_flag("--publish", options.publish, "Pools may use it at once");
    command
        .add_option(
            "--store", options.store, "Where images are kept on this machine (or WARDESK_IMAGES)")
        ->type_name("DIRECTORY");
}

void defineImport(CLI::App& command, NewVersion& options)
{
    command.add_option("name", options.name, "Name of the image")->required();
    command
        .add_option("from", options.from,
            "Folder of an image, a root file system, or a tar archive of either")
        ->required();
    command.add_flag("--in-place", options.inPlace,
        "Leave a folder where it is, and see that it stays as it is");
    defineNew(command, options);
}

void defineBuild(CLI::App& command, NewVersion& options)
{
    command.add_option("recipe", options.from, "Name of the recipe")->required();
    command.add_option("--name", options.name, "Name of the image (the recipe's)");
    command.add_flag("--disk", options.disk, "For virtual machines");
    command.add_flag("--force", options.force, "Also when the recipe has not changed");
    command.add_option("--agent", options.agent, "Put this wardesk-agent into it")
        ->type_name("FILE");
    command.add_option("--recipes", options.recipes, "Take recipes from here first")
        ->type_name("DIRECTORY");
    command
        .add_option(
            "--builder", options.builder, "packaging/image/build (or WARDESK_IMAGE_BUILDER)")
        ->type_name("PROGRAM");
    defineNew(command, options);
}

std::string storeOf(const NewVersion& options)
{
    return options.store.empty() ? fromEnvironment("WARDESK_IMAGES", "/var/lib/wardesk/images")
                                 : options.store;
}

Result<void> import(Context& c, const NewVersion& options)
{
    c.progress("reading " + options.from);
    const auto files = options.inPlace
        ? readInPlace(options.from)
        : takeIntoStore(options.from, storeOf(options), options.name);
    if (!files)
        return tl::unexpected(files.error());
    wire::NewImage image;
    image.name = options.name;
    image.version = options.version;
    image.kind = files->kind;
    image.source = files->source.string();
    image.state = options.publish ? "published" : "imported";
    image.note = options.note;
    image.contentHash = files->contentHash;
    const auto body = c.api().post(images, wire::encode(image));
    if (!body && files->isNew) {
        std::error_code ignored;
        std::filesystem::remove_all(files->folder, ignored);
    }
    return printItem(c, body);
}

Result<void> build(Context& c, const NewVersion& options)
{
    std::vector<std::string> words { options.from };
    const auto add = [&words](const char* word, const std::string& value) {
        if (!value.empty())
            words.insert(words.end(), { word, value });
    };
    if (options.disk)
        words.emplace_back("--disk");
    if (options.force)
        words.emplace_back("--force");
    add("--agent", options.agent);
    add("--recipes", options.recipes);
    const std::string builder = options.builder.empty()
        ? fromEnvironment("WARDESK_IMAGE_BUILDER", "/usr/share/wardesk/packaging/image/build")
        : options.builder;
    if (auto built = runProgram(builder, words); !built)
        return built;
    NewVersion made = options;
    made.from = storeOf(options) + '/' + options.from + (options.disk ? "-disk" : "");
    if (made.name.empty())
        made.name = options.from;
    if (made.note.empty())
        made.note = "recipe " + options.from;
    return import(c, made);
}

struct Which
{
    std::string image;
};

void defineWhich(CLI::App& command, Which& which)
{
    command.add_option("image", which.image, "NAME:VERSION, id, or NAME for its newest one")
        ->required();
}

/// Reads its files again and tells the broker what they are.
Result<wire::ImageItem> verified(Context& c, const wire::ImageItem& item)
{
    std::error_code ignored;
    if (!std::filesystem::is_directory(item.source, ignored))
        return failure(Errc::notFound,
            item.name + ':' + item.version + ": " + item.source
                + " is not on this machine. Run this where the image is; if it is gone there, "
                  "no desktop can start from it.");
    c.progress("reading " + item.source);
    const auto hash = contentHashOf(item.source);
    if (!hash)
        return tl::unexpected(hash.error());
    const auto body
        = c.api().post(pathOf(item.id, "/check"), wire::encode(wire::ImageCheck { *hash }));
    if (!body)
        return tl::unexpected(body.error());
    auto after = wire::decode<wire::ImageItem>(*body);
    if (!after)
        return tl::unexpected(Context::notUnderstood(after.error()));
    return after;
}

struct VerifyOptions
{
    std::string image;
    bool all = false;
};

Result<std::vector<wire::ImageItem>> chosen(Context& c, const VerifyOptions& options)
{
    if (!options.all) {
        const auto body = c.api().get(pathOf(options.image));
        if (!body)
            return tl::unexpected(body.error());
        auto item = wire::decode<wire::ImageItem>(*body);
        if (!item)
            return tl::unexpected(Context::notUnderstood(item.error()));
        return std::vector<wire::ImageItem> { std::move(*item) };
    }
    const auto body = c.api().get(images);
    if (!body)
        return tl::unexpected(body.error());
    auto list = wire::decode<wire::ItemList<wire::ImageItem>>(*body);
    if (!list)
        return tl::unexpected(Context::notUnderstood(list.error()));
    std::erase_if(list->items, [](const auto& item) { return item.state == "retired"; });
    return std::move(list->items);
}

Result<void> verify(Context& c, const VerifyOptions& options)
{
    if (options.all == !options.image.empty())
        return failure(Errc::invalidArgument, "name one image, or --all");
    const auto items = chosen(c, options);
    if (!items)
        return tl::unexpected(items.error());
    wire::ItemList<wire::ImageItem> seen;
    std::optional<Error> first;
    std::string changed;
    for (const wire::ImageItem& item : *items) {
        auto after = verified(c, item);
        if (!after) {
            c.progress(printable(after.error().detail));
            first = first.value_or(after.error());
            continue;
        }
        if (after->content == "changed")
            changed += (changed.empty() ? "" : ", ") + after->name + ':' + after->version;
        seen.items.push_back(std::move(*after));
    }
    auto told = c.print<wire::ItemList<wire::ImageItem>>(
        wire::encode(seen), [&c](const auto& list) { c.printTable(tableOf(list.items)); });
    if (!told)
        return told;
    if (!changed.empty())
        return failure(Errc::conflict,
            changed
                + " has changed since it was imported: its desktops are not what was published. "
                  "Import it anew as another version.");
    return first ? Result<void>(tl::unexpected(*first)) : Result<void>();
}

void defineAdd(CLI::App& command, wire::NewImage& image)
{
    command.add_option("name", image.name, "Name of the image")->required();
    command.add_option("--version", image.version, "Its version, for people")->required();
    command.add_option("--kind", image.kind, "lxc: containers; qemu: virtual machines (lxc)")
        ->check(CLI::IsMember({ "lxc", "qemu" }))
        ->type_name("KIND");
    command
        .add_option("--source", image.source,
            "lxc: directory of its root on the host; qemu: directory of its disk here")
        ->required();
    command.add_option("--note", image.note, "What is new in this version");
}

}

void addTo(CLI::App& app, Context& context)
{
    CLI::App* group = addGroup(app, "image", "What desktops are made of, by versions");
    addCommand<NoOptions>(
        *group, context, "list", "List images", noOptions, [](Context& c, const NoOptions&) {
            return c.print<wire::ItemList<wire::ImageItem>>(
                c.api().get(images), [&c](const auto& list) { c.printTable(tableOf(list.items)); });
        });
    addCommand<Which>(*group, context, "show", "Show one version", defineWhich,
        [](Context& c, const Which& which) {
            return printItem(c, c.api().get(pathOf(which.image)));
        });
    addCommand<NewVersion>(*group, context, "import",
        "Take an image that is on this machine into the store, as a new version", defineImport,
        import);
    addCommand<NewVersion>(*group, context, "build",
        "Build a recipe on this machine and import what it makes", defineBuild, build);
    addCommand<Which>(*group, context, "publish", "Let pools use a version", defineWhich,
        [](Context& c, const Which& which) {
            return printItem(c, c.api().post(pathOf(which.image, "/publish")));
        });
    addCommand<Which>(*group, context, "retire",
        "Let no pool begin to use a version; refused while one does", defineWhich,
        [](Context& c, const Which& which) {
            return printItem(c, c.api().post(pathOf(which.image, "/retire")));
        });
    addCommand<VerifyOptions>(
        *group, context, "verify", "Read its files again: are they what was imported?",
        [](CLI::App& command, VerifyOptions& options) {
            command.add_option("image", options.image, "NAME:VERSION, id, or NAME");
            command.add_flag("--all", options.all, "All that are not retired");
        },
        verify);
    addCommand<wire::NewImage>(*group, context, "add",
        "Make an image known and published that is on another machine", defineAdd,
        [](Context& c, const wire::NewImage& image) {
            return printItem(c, c.api().post(images, wire::encode(image)));
        });
}

}
