/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "model/vm-endpoint.h"

#include <stdlib.h>
#include <string.h>

#include "model/vm-slot.h"
#include "util.h"

struct vm_endpoint *
vm_endpoint_create(const char *id)
{
    struct vm_endpoint *endpoint = xzalloc(sizeof *endpoint);

    endpoint->id = xstrdup(id);
    vm_policy_init_default(&endpoint->policy);
    return endpoint;
}

void
vm_endpoint_destroy(struct vm_endpoint *endpoint)
{
    if (endpoint) {
        free(endpoint->id);
        vm_policy_destroy(&endpoint->policy);
        vm_problems_destroy(&endpoint->problems);
        free(endpoint->interfaces);
        free(endpoint->absent);
        for (size_t i = 0; i < endpoint->n_slots; i++) {
            vm_slot_destroy(endpoint->slots[i]);
        }
        free(endpoint->slots);
        free(endpoint);
    }
}

void
vm_endpoint_add_interface(struct vm_endpoint *endpoint,
                          struct vm_interface *iface)
{
    if (endpoint->n_interfaces >= endpoint->allocated_interfaces) {
        endpoint->interfaces = x2nrealloc(endpoint->interfaces,
                                          &endpoint->allocated_interfaces,
                                          sizeof *endpoint->interfaces);
    }
    endpoint->interfaces[endpoint->n_interfaces++] = iface;
}

void
vm_endpoint_add_absent(struct vm_endpoint *endpoint,
                       struct vm_interface *iface)
{
    if (endpoint->n_absent >= endpoint->allocated_absent) {
        endpoint->absent = x2nrealloc(endpoint->absent,
                                      &endpoint->allocated_absent,
                                      sizeof *endpoint->absent);
    }
    endpoint->absent[endpoint->n_absent++] = iface;
}

void
vm_endpoint_add_slot(struct vm_endpoint *endpoint, struct vm_slot *slot)
{
    if (endpoint->n_slots >= endpoint->allocated_slots) {
        endpoint->slots = x2nrealloc(endpoint->slots,
                                     &endpoint->allocated_slots,
                                     sizeof *endpoint->slots);
    }
    endpoint->slots[endpoint->n_slots++] = slot;
}

void
vm_endpoint_note_news(const struct vm_endpoint *endpoint,
                      struct vm_news *news)
{
    for (size_t i = 0; i < endpoint->n_interfaces; i++) {
        vm_news_note(news, endpoint->interfaces[i]->name);
    }
}

bool
vm_endpoint_is_host(const struct vm_endpoint *endpoint)
{
    return !strcmp(endpoint->id, VM_HOST_ID);
}

const char *
vm_endpoint_name(const struct vm_endpoint *endpoint)
{
    return endpoint->policy.name ? endpoint->policy.name : endpoint->id;
}

bool
vm_endpoint_is_silent(const struct vm_endpoint *endpoint)
{
    for (size_t i = 0; i < endpoint->n_interfaces; i++) {
        if (!endpoint->interfaces[i]->silent) {
            return false;
        }
    }
    return endpoint->n_interfaces && !vm_endpoint_is_host(endpoint);
}
