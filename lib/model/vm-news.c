/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "model/vm-news.h"

#include "base/vm-set.h"
#include "util.h"

void
vm_news_init(struct vm_news *news)
{
    *news = (struct vm_news) { .all = true };
    sset_init(&news->interfaces);
}

void
vm_news_destroy(struct vm_news *news)
{
    sset_destroy(&news->interfaces);
}

void
vm_news_note(struct vm_news *news, const char *interface)
{
    news->seqno++;
    if (!news->all) {
        sset_add(&news->interfaces, interface);
    }
}

static void
note_all(struct vm_news *news)
{
    news->seqno++;
    news->all = true;
    vm_set_clear(&news->interfaces);
}

void
vm_news_note_requests(struct vm_news *news, unsigned int n)
{
    if (news->n_requests != n) {
        news->n_requests = n;
        note_all(news);
    }
}

bool
vm_news_take(struct vm_news *news, struct sset *interfaces)
{
    bool all = news->all;
    const char *name;

    SSET_FOR_EACH (name, &news->interfaces) {
        sset_add(interfaces, name);
    }
    vm_set_clear(&news->interfaces);
    news->all = false;
    return all;
}
