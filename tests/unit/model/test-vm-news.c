/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "model/vm-news.h"

#include "sset.h"
#include "util.h"
#include "vm-expect.h"
#include "vm-test.h"

extern const struct vm_test_command test_vm_news_commands[];

/* Expects that there are news about all, or about 'n' interfaces. */
static void
expect_news(const char *what, struct vm_news *news, bool all, size_t n)
{
    struct sset names = SSET_INITIALIZER(&names);

    vm_expect_that(what, "is about all, or not",
                   vm_news_take(news, &names) == all);
    vm_expect_that(what, "is about as many interfaces",
                   sset_count(&names) == n);
    sset_destroy(&names);
}

static int
run_news(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    struct vm_news news;
    unsigned int seqno;

    vm_news_init(&news);
    expect_news("the beginning", &news, true, 0);
    expect_news("nothing", &news, false, 0);

    seqno = news.seqno;
    vm_news_note(&news, "a");
    vm_news_note(&news, "b");
    vm_news_note(&news, "a");
    vm_expect_that("a, b", "changes the number", news.seqno != seqno);
    expect_news("a, b", &news, false, 2);
    expect_news("taken", &news, false, 0);

    vm_news_note_requests(&news, 0);
    expect_news("no request", &news, false, 0);
    vm_news_note(&news, "a");
    seqno = news.seqno;
    vm_news_note_requests(&news, 1);
    vm_expect_that("a request", "changes the number", news.seqno != seqno);
    vm_news_note(&news, "b");
    expect_news("a request", &news, true, 0);
    vm_news_note_requests(&news, 1);
    expect_news("the same", &news, false, 0);
    vm_news_destroy(&news);
    return vm_expect_result();
}

const struct vm_test_command test_vm_news_commands[] = {
    { "news", "", 0, 0, run_news },
    { NULL, NULL, 0, 0, NULL },
};
