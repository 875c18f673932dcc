// A picture that is read into memory by a thread of its own, while others read what is there already.
#include "CResample.h"

#include <stdlib.h>
#include <string.h>
#include <vips/vips.h>

typedef struct {
    VipsImage *in, *memory;
    GThread *thread;
    GMutex lock;
    GCond changed;
    // Guarded by the lock: lines that are there; whether no more will come, and why.
    int lines;
    bool is_over, has_failed;
    unsigned char *pixels;
} hold;

static int put(VipsRegion *region, VipsRect *area, void *a) {
    hold *self = a;
    size_t bytes = VIPS_IMAGE_SIZEOF_LINE(self->in);
    for (int line = area->top; line < VIPS_RECT_BOTTOM(area); line++)
        memcpy(self->pixels + line * bytes, VIPS_REGION_ADDR(region, 0, line), bytes);
    g_mutex_lock(&self->lock);
    self->lines = VIPS_RECT_BOTTOM(area);
    g_cond_broadcast(&self->changed);
    g_mutex_unlock(&self->lock);
    return 0;
}

static void *fill(void *data) {
    hold *self = data;
    int result = vips_sink_disc(self->in, put, self);
    g_mutex_lock(&self->lock);
    self->is_over = true;
    self->has_failed = result != 0;
    g_cond_broadcast(&self->changed);
    g_mutex_unlock(&self->lock);
    // What libvips keeps for a thread.
    vips_thread_shutdown();
    return NULL;
}

// Until so many lines are there. 0, or -1 when they will not come.
static int wait_for(hold *self, int lines) {
    g_mutex_lock(&self->lock);
    while (self->lines < lines && !self->is_over) g_cond_wait(&self->changed, &self->lock);
    int result = self->lines >= lines && !self->has_failed ? 0 : -1;
    g_mutex_unlock(&self->lock);
    return result;
}

static void finish(hold *self) {
    if (self->thread) g_thread_join(self->thread);
    self->thread = NULL;
}

static void release(gpointer data) {
    hold *self = data;
    if (self->in) vips_image_set_kill(self->in, TRUE);
    finish(self);
    g_clear_object(&self->memory);
    g_clear_object(&self->in);
    free(self->pixels);
    g_cond_clear(&self->changed);
    g_mutex_clear(&self->lock);
    g_free(self);
}

static int generate(VipsRegion *out, void *sequence, void *a, void *b, gboolean *stop) {
    VipsRegion *memory = sequence;
    VipsRect *wanted = &out->valid;
    if (wait_for(b, VIPS_RECT_BOTTOM(wanted))) return -1;
    return vips_region_prepare(memory, wanted) || vips_region_region(out, memory, wanted, wanted->left, wanted->top);
}

int sluice_hold(VipsImage *in, VipsImage **out) {
    hold *self = g_new0(hold, 1);
    VipsImage *result = vips_image_new();
    g_mutex_init(&self->lock);
    g_cond_init(&self->changed);
    // What belongs to the image goes with it.
    g_object_set_data_full(G_OBJECT(result), "sluice-hold", self, release);
    self->in = g_object_ref(in);
    size_t bytes = (size_t) VIPS_IMAGE_SIZEOF_IMAGE(in);
    self->pixels = malloc(bytes);
    if (self->pixels)
        self->memory =
            vips_image_new_from_memory(self->pixels, bytes, in->Xsize, in->Ysize, in->Bands, in->BandFmt);
    if (!self->memory) {
        vips_error("hold", "out of memory");
    } else if (
        !vips_image_pipelinev(result, VIPS_DEMAND_STYLE_ANY, in, NULL)
        && !vips_image_generate(result, vips_start_one, generate, vips_stop_one, self->memory, self)) {
        // Any line can be read again.
        vips_image_remove(result, VIPS_META_SEQUENTIAL);
        self->thread = g_thread_try_new("hold", fill, self, NULL);
        if (self->thread) {
            *out = result;
            return 0;
        }
        vips_error("hold", "a thread cannot be started");
    }
    g_object_unref(result);
    return -1;
}

int sluice_hold_wait(VipsImage *held) {
    hold *self = g_object_get_data(G_OBJECT(held), "sluice-hold");
    if (!self) return 0;
    finish(self);
    return self->has_failed ? -1 : 0;
}
