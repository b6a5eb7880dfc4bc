// SPDX-FileCopyrightText: 2026 The Wardesk authors
// SPDX-License-Identifier: Apache-2.0
/* All that runs in the machines that the contract suite starts: speaks to the host like an agent, and does what the
   host name it is given says: bad-... cannot become it, off-... switches itself off, others stay. When it is told
   that it was resumed it says so; the token 666 switches it off. */
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <unistd.h>

static int openPort(void)
{
    char path[300];
    char name[64];
    struct dirent* entry;
    DIR* ports = opendir("/sys/class/virtio-ports");
    while (ports != NULL && (entry = readdir(ports)) != NULL) {
        int file;
        ssize_t got;
        snprintf(path, sizeof path, "/sys/class/virtio-ports/%s/name", entry->d_name);
        file = open(path, O_RDONLY);
        if (file < 0)
            continue;
        got = read(file, name, sizeof name - 1);
        close(file);
        name[got < 0 ? 0 : got] = '\0';
        if (strncmp(name, "org.wardesk.agent", 17) == 0) {
            snprintf(path, sizeof path, "/dev/%s", entry->d_name);
            closedir(ports);
            return open(path, O_RDWR | O_NONBLOCK);
        }
    }
    if (ports != NULL)
        closedir(ports);
    return -1;
}

static void say(int port, const char* line)
{
    if (write(port, line, strlen(line)) < 0)
        usleep(1000);
}

int main(void)
{
    static char input[65536];
    size_t length = 0;
    int port;
    int served = 0;
    mount("dev", "/dev", "devtmpfs", 0, NULL);
    mount("sys", "/sys", "sysfs", 0, NULL);
    while ((port = openPort()) < 0)
        usleep(20000);
    for (;;) {
        struct pollfd entry = { port, POLLIN, 0 };
        char* end;
        ssize_t got;
        poll(&entry, 1, 100);
        if ((entry.revents & POLLHUP) != 0) {
            length = 0;
            usleep(20000);
            continue;
        }
        got = read(port, input + length, sizeof input - 1 - length);
        length += got > 0 ? (size_t)got : 0;
        input[length] = '\0';
        end = strchr(input, '\n');
        if (end == NULL) {
            if (got <= 0 && !served)
                say(port, "{\"state\":\"waiting\"}\n");
            continue;
        }
        *end = '\0';
        length = 0;
        if (strstr(input, "\"resumed\":") != NULL) {
            say(port, "{\"state\":\"awake\"}\n");
            if (strstr(input, "\"resumed\":666,") != NULL) {
                usleep(200000);
                reboot(RB_POWER_OFF);
            }
            continue;
        }
        if (strstr(input, "\"hostname\":\"bad-") != NULL) {
            say(port, "{\"state\":\"failed\",\"message\":\"told to\"}\n");
            continue;
        }
        say(port, "{\"state\":\"taken\"}\n");
        if (strstr(input, "\"hostname\":\"off-") != NULL) {
            usleep(200000);
            reboot(RB_POWER_OFF);
        }
        served = 1;
    }
}
