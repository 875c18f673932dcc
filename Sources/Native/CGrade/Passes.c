#include "Steps.h"

#include <string.h>

// MARK: What steps come to

// A run of curves, as tables.
static int make_tables(pass *self, step *const *steps, guint count, int colours) {
    self->kind = PASS_CURVES;
    self->tables = 1;
    for (guint index = 0; index < count; index++)
        if (colours == 3 && step_differs(steps[index])) self->tables = 3;
    self->table = g_try_new(uint16_t, (gsize) self->entries * (gsize) self->tables);
    if (!self->table) return -1;
    for (int channel = 0; channel < self->tables; channel++)
        for (int entry = 0; entry < self->entries; entry++) {
            float value = (float) entry / (float) (self->entries - 1);
            for (guint index = 0; index < count; index++) value = step_value(steps[index], channel, value);
            self->table[channel * self->entries + entry] = (uint16_t) (value * 65535 + 0.5f);
        }
    return 0;
}

static void make_identity(pass *self) {
    *self = (pass) {.kind = PASS_MATRIX, .factors = {1, 0, 0, 0, 1, 0, 0, 0, 1}};
}

// What the matrix makes beyond black or white is so after this too: to cut it off once is enough.
static void stretch(pass *self, const step *levels) {
    for (int index = 0; index < 9; index++) self->factors[index] /= levels->range;
    for (int row = 0; row < 3; row++) self->offsets[row] = (self->offsets[row] - levels->black) / levels->range;
}

static bool are_linear(step *const *steps, guint count) {
    for (guint index = 0; index < count; index++)
        if (!step_is_linear(steps[index])) return false;
    return true;
}

pass *passes_new(const GPtrArray *list, int bytes, int colours, int *count) {
    step *const *steps = (step *const *) list->pdata;
    pass *passes = g_try_new0(pass, (gsize) list->len + 1);
    *count = 0;
    for (guint first = 0; passes && first < list->len;) {
        guint end = first;
        while (end < list->len && step_is_curve(steps[end])) end++;
        pass *next = &passes[*count];
        if (end == first) {
            // What mixes channels does nothing where there is one.
            if (colours == 3) {
                ++*count;
                if (steps[first]->kind == STEP_CUBE) {
                    cube_prepare(next, steps[first]);
                } else {
                    make_identity(next);
                    memcpy(next->factors, steps[first]->factors, sizeof next->factors);
                }
            }
            end++;
        } else if (*count > 0 && colours == 3 && are_linear(steps + first, end - first)) {
            if (next[-1].kind != PASS_MATRIX) {
                make_identity(next++);
                ++*count;
            }
            for (; first < end; first++) stretch(&next[-1], steps[first]);
        } else {
            // Of the picture's own samples, or of what a pass before has made of them.
            next->entries = bytes == 1 && *count == 0 ? 256 : 65536;
            ++*count;
            if (make_tables(next, steps + first, end - first, colours)) {
                passes_free(passes, *count);
                return NULL;
            }
        }
        first = end;
    }
    return passes;
}

void passes_free(pass *passes, int count) {
    for (int index = 0; passes && index < count; index++) g_free(passes[index].table);
    g_free(passes);
}

// MARK: Planes

const uint16_t *pass_table(const pass *self, int channel) {
    return self->table + (self->tables == 3 ? channel * self->entries : 0);
}

static void look_up(const uint16_t *table, uint16_t *plane, int pixels) {
    for (int index = 0; index < pixels; index++) plane[index] = table[plane[index]];
}

static inline __attribute__((always_inline)) uint16_t rounded(float value) {
    value = value > 0 ? value : 0;
    return (uint16_t) (int32_t) ((value < 65535 ? value : 65535) + 0.5f);
}

VECTORS static void mix(
    const float *m, const float *offsets, uint16_t *restrict red, uint16_t *restrict green, uint16_t *restrict blue,
    int pixels) {
    float m0 = m[0], m1 = m[1], m2 = m[2], m3 = m[3], m4 = m[4], m5 = m[5], m6 = m[6], m7 = m[7], m8 = m[8];
    float to_red = offsets[0] * 65535, to_green = offsets[1] * 65535, to_blue = offsets[2] * 65535;
    for (int index = 0; index < pixels; index++) {
        float r = red[index], g = green[index], b = blue[index];
        red[index] = rounded(m0 * r + m1 * g + m2 * b + to_red);
        green[index] = rounded(m3 * r + m4 * g + m5 * b + to_green);
        blue[index] = rounded(m6 * r + m7 * g + m8 * b + to_blue);
    }
}

void pass_run(const pass *self, uint16_t *const planes[3], int colours, int pixels) {
    switch (self->kind) {
    case PASS_CURVES:
        for (int channel = 0; channel < colours; channel++)
            look_up(pass_table(self, channel), planes[channel], pixels);
        break;
    case PASS_MATRIX: mix(self->factors, self->offsets, planes[0], planes[1], planes[2], pixels); break;
    case PASS_CUBE: cube_run(self, planes, pixels); break;
    }
}
