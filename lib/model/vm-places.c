/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "model/vm-places.h"

#include "model/vm-endpoint.h"
#include "model/vm-slot.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/list.h"
#include "svec.h"
#include "util.h"

struct past_place {
    struct ovs_list node;       /* In the list of its VM, or of all. */
    struct ovs_list age_node;   /* In 'by_age'. */
    char *id;                   /* Identity of the endpoint. */
    struct vm_pref pref;
    char *member, *home, *pinned; /* Each may be null. */
};

struct vm_places {
    struct shash by_id;         /* Identity to "struct ovs_list *" of its
                                 * places, the oldest first. */
    struct ovs_list by_age;     /* All places, the oldest first. */
};

struct vm_places *
vm_places_create(void)
{
    struct vm_places *places = xmalloc(sizeof *places);

    shash_init(&places->by_id);
    ovs_list_init(&places->by_age);
    return places;
}

/* Adds the place of a slot.  The strings are copied. */
static void
add(struct vm_places *places, const char *id, const struct vm_pref *pref,
    const char *member, const char *home, const char *pinned)
{
    struct past_place *place = xmalloc(sizeof *place);
    struct ovs_list *list = shash_find_data(&places->by_id, id);

    if (!list) {
        list = xmalloc(sizeof *list);
        ovs_list_init(list);
        shash_add(&places->by_id, id, list);
    }
    place->id = xstrdup(id);
    vm_pref_clone(&place->pref, pref);
    place->member = nullable_xstrdup(member);
    place->home = nullable_xstrdup(home);
    place->pinned = nullable_xstrdup(pinned);
    ovs_list_push_back(list, &place->node);
    ovs_list_push_back(&places->by_age, &place->age_node);
}

static void
forget(struct vm_places *places, struct past_place *place)
{
    struct ovs_list *list = shash_find_data(&places->by_id, place->id);

    ovs_list_remove(&place->node);
    ovs_list_remove(&place->age_node);
    if (ovs_list_is_empty(list)) {
        free(shash_find_and_delete(&places->by_id, place->id));
    }
    free(place->id);
    vm_pref_destroy(&place->pref);
    free(place->member);
    free(place->home);
    free(place->pinned);
    free(place);
}

struct vm_places *
vm_places_clone(const struct vm_places *old)
{
    struct vm_places *places = vm_places_create();
    const struct past_place *place;

    LIST_FOR_EACH (place, age_node, &old->by_age) {
        add(places, place->id, &place->pref, place->member, place->home,
            place->pinned);
    }
    return places;
}

void
vm_places_destroy(struct vm_places *places)
{
    struct past_place *place;

    LIST_FOR_EACH_SAFE (place, age_node, &places->by_age) {
        forget(places, place);
    }
    shash_destroy(&places->by_id);
    free(places);
}

static struct past_place *
find(const struct vm_places *places, const char *id,
     const struct vm_pref *pref)
{
    const struct ovs_list *list = shash_find_data(&places->by_id, id);
    struct past_place *place;

    if (list) {
        LIST_FOR_EACH (place, node, list) {
            if (vm_pref_equal(&place->pref, pref)) {
                return place;
            }
        }
    }
    return NULL;
}

void
vm_places_keep(struct vm_places *places, const struct vm_slot *slot)
{
    const char *id = slot->endpoint->id;
    struct past_place *old = find(places, id, &slot->pref);

    if (old) {
        forget(places, old);
    }
    if (!slot->member && slot->home_restored) {
        add(places, id, &slot->pref, slot->home, slot->later_home,
            slot->pinned);
    } else if (slot->member || slot->home || slot->pinned) {
        add(places, id, &slot->pref, slot->member, slot->home, slot->pinned);
    }
}

void
vm_places_note_pin(const struct vm_slot *slot, const char *pin,
                   struct svec *notes)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    if (pin && !slot->pinned) {
        ds_put_format(&s, "VM %s: not pinned to %s any more, which is not in "
                      "vm-uplinks=", vm_endpoint_name(slot->endpoint), pin);
        vm_pref_format(&slot->pref, &s);
        svec_add(notes, ds_cstr(&s));
    }
    ds_destroy(&s);
}

bool
vm_places_return(struct vm_places *places, struct vm_slot *slot,
                 struct svec *notes)
{
    const char *id = slot->endpoint->id;
    const struct ovs_list *list = shash_find_data(&places->by_id, id);
    struct past_place *place = find(places, id, &slot->pref);

    if (!place && list && ovs_list_is_singleton(list)) {
        place = CONTAINER_OF(ovs_list_front(list), struct past_place, node);
    }
    if (!place) {
        return false;
    }
    vm_slot_restore(slot, place->member, place->home, place->pinned);
    slot->replugged = true;
    vm_places_note_pin(slot, place->pinned, notes);
    forget(places, place);
    return true;
}

void
vm_places_trim(struct vm_places *places, const struct shash *endpoints,
               struct svec *notes)
{
    struct past_place *place;
    size_t n = 0;

    LIST_FOR_EACH (place, age_node, &places->by_age) {
        n += !shash_find(endpoints, place->id);
    }
    LIST_FOR_EACH_SAFE (place, age_node, &places->by_age) {
        if (n <= VM_MAX_PLACES) {
            break;
        }
        if (!shash_find(endpoints, place->id)) {
            if (place->pinned) {
                svec_add_nocopy(notes, xasprintf(
                    "VM %s: its pin to %s is forgotten, since %d others were "
                    "unplugged after it", place->id, place->pinned,
                    VM_MAX_PLACES));
            }
            forget(places, place);
            n--;
        }
    }
}

bool
vm_places_unpin(struct vm_places *places, const char *id)
{
    const struct ovs_list *list = shash_find_data(&places->by_id, id);
    struct past_place *place;
    bool changed = false;

    if (list) {
        LIST_FOR_EACH (place, node, list) {
            changed |= place->pinned != NULL;
            free(place->pinned);
            place->pinned = NULL;
        }
    }
    return changed;
}

void
vm_places_note_pins(const struct vm_places *places, struct svec *notes)
{
    const struct past_place *place;

    LIST_FOR_EACH (place, age_node, &places->by_age) {
        if (place->pinned) {
            svec_add_nocopy(notes, xasprintf(
                "VM %s: its pin to %s ends with the bond, and is not restored "
                "as the VM is unplugged", place->id, place->pinned));
        }
    }
}

size_t
vm_places_count(const struct vm_places *places)
{
    return ovs_list_size(&places->by_age);
}
