#include "Steps.h"

#include "CGrade.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// MARK: A list of steps

step *step_new(step_kind kind) {
    step *self = g_new0(step, 1);
    g_atomic_ref_count_init(&self->references);
    self->kind = kind;
    return self;
}

step *step_share(step *shared) {
    g_atomic_ref_count_inc(&shared->references);
    return shared;
}

void step_release(gpointer shared) {
    step *self = shared;
    if (!g_atomic_ref_count_dec(&self->references)) return;
    g_free(self->curve);
    g_free(self);
}

sluice_grade *sluice_grade_new(void) {
    sluice_grade *self = g_new0(sluice_grade, 1);
    self->steps = g_ptr_array_new_with_free_func(step_release);
    return self;
}

void sluice_grade_free(sluice_grade *self) {
    if (!self) return;
    g_ptr_array_unref(self->steps);
    g_free(self);
}

void sluice_grade_light(sluice_grade *self, const double gains[3], const float *curve, int entries, int channels) {
    step *light = step_new(STEP_LIGHT);
    for (int channel = 0; channel < 3; channel++) light->gains[channel] = (float) gains[channel];
    if (curve && entries > 1 && (channels == 1 || channels == 3)) {
        size_t count = (size_t) entries * (size_t) channels;
        light->curve = g_new(float, count);
        memcpy(light->curve, curve, count * sizeof *curve);
        light->entries = entries;
        light->channels = channels;
    }
    g_ptr_array_add(self->steps, light);
}

void sluice_grade_levels(sluice_grade *self, double black, double white, double gamma) {
    step *levels = step_new(STEP_LEVELS);
    levels->black = (float) black;
    levels->range = (float) fmax(white - black, 1e-6);
    levels->exponent = (float) (1 / fmax(gamma, 1e-3));
    g_ptr_array_add(self->steps, levels);
}

void sluice_grade_contrast(sluice_grade *self, double slope) {
    step *contrast = step_new(STEP_CONTRAST);
    contrast->slope = (float) fmax(slope, 1e-3);
    g_ptr_array_add(self->steps, contrast);
}

void sluice_grade_matrix(sluice_grade *self, const double factors[9]) {
    step *matrix = step_new(STEP_MATRIX);
    for (int index = 0; index < 9; index++) matrix->factors[index] = (float) factors[index];
    g_ptr_array_add(self->steps, matrix);
}

static step *new_table(
    step_kind kind, int entries, const double low[3], const double high[3], double amount, size_t numbers) {
    step *table = step_new(kind);
    table->curve = g_try_new(float, numbers);
    table->entries = entries;
    table->amount = (float) amount;
    for (int channel = 0; channel < 3; channel++) {
        table->low[channel] = (float) low[channel];
        // Never a range of nothing.
        table->high[channel] = fmaxf((float) high[channel], table->low[channel] + 1e-6f);
    }
    if (table->curve) return table;
    step_release(table);
    return NULL;
}

int sluice_grade_table(
    sluice_grade *self, const float *values, int entries, const double low[3], const double high[3], double amount) {
    step *table = new_table(STEP_TABLE, entries, low, high, amount, (size_t) entries * 3);
    if (!table) return -1;
    for (int channel = 0; channel < 3; channel++)
        for (int entry = 0; entry < entries; entry++)
            table->curve[channel * entries + entry] = values[3 * entry + channel];
    g_ptr_array_add(self->steps, table);
    return 0;
}

int sluice_grade_cube(
    sluice_grade *self, const float *values, int size, const double low[3], const double high[3], double amount) {
    size_t colours = (size_t) size * (size_t) size * (size_t) size;
    step *cube = new_table(STEP_CUBE, size, low, high, amount, colours * 4);
    if (!cube) return -1;
    for (size_t colour = 0; colour < colours; colour++) {
        for (int channel = 0; channel < 3; channel++)
            cube->curve[4 * colour + (size_t) channel] = values[3 * colour + (size_t) channel] * 65535;
        cube->curve[4 * colour + 3] = 0;
    }
    g_ptr_array_add(self->steps, cube);
    return 0;
}

// MARK: Curves

bool step_is_curve(const step *self) { return self->kind < STEP_MATRIX; }

bool step_differs(const step *self) {
    if (self->kind == STEP_TABLE) return true;
    if (self->kind != STEP_LIGHT) return false;
    bool has_gains = self->gains[0] != self->gains[1] || self->gains[0] != self->gains[2];
    return has_gains || (self->curve && self->channels == 3);
}

bool step_is_linear(const step *self) { return self->kind == STEP_LEVELS && self->exponent == 1; }

static float within(float value) { return value > 0 ? fminf(value, 1) : 0; }

// IEC 61966-2-1.
static float srgb_light(float value) {
    return value <= 0.04045f ? value / 12.92f : powf((value + 0.055f) / 1.055f, 2.4f);
}

static float srgb_value(float light) {
    return light <= 0.0031308f ? 12.92f * light : 1.055f * powf(light, 1 / 2.4f) - 0.055f;
}

// Straight between the entries of a curve, in both directions: what comes back is what went in.
static float curve_light(const float *curve, int entries, float value) {
    float place = value * (float) (entries - 1);
    int entry = (int) place;
    if (entry >= entries - 1) return curve[entries - 1];
    return curve[entry] + (place - (float) entry) * (curve[entry + 1] - curve[entry]);
}

static float curve_value(const float *curve, int entries, float light) {
    // The last entry that is not brighter.
    int low = 0, high = entries - 1;
    if (light >= curve[high]) return 1;
    if (light <= curve[low]) return 0;
    while (high - low > 1) {
        int middle = (low + high) / 2;
        if (curve[middle] <= light)
            low = middle;
        else
            high = middle;
    }
    return ((float) low + (light - curve[low]) / (curve[high] - curve[low])) / (float) (entries - 1);
}

static float lit(const step *self, int channel, float value) {
    float gain = self->gains[channel];
    if (gain == 1) return value;
    if (!self->curve) return srgb_value(within(srgb_light(value) * gain));
    const float *curve = self->curve + (size_t) (self->channels == 3 ? channel : 0) * (size_t) self->entries;
    return curve_value(curve, self->entries, within(curve_light(curve, self->entries, value) * gain));
}

static float contrasted(float slope, float value) {
    float place = 2 * value - 1, square = place * place;
    float whole = slope >= 1 ? slope : 1 / slope, more = whole * whole - 1;
    float curved = slope >= 1 ? whole * place / sqrtf(1 + more * square) : place / sqrtf(whole * whole - more * square);
    return (curved + 1) / 2;
}

static float looked_up(const step *self, int channel, float value) {
    float low = self->low[channel], place = within((value - low) / (self->high[channel] - low));
    float found = curve_light(self->curve + channel * self->entries, self->entries, place);
    return value + self->amount * (found - value);
}

float step_value(const step *self, int channel, float value) {
    switch (self->kind) {
    case STEP_LIGHT: return within(lit(self, channel, value));
    case STEP_LEVELS:
        value = within((value - self->black) / self->range);
        return self->exponent == 1 ? value : within(powf(value, self->exponent));
    case STEP_CONTRAST: return within(contrasted(self->slope, value));
    case STEP_TABLE: return within(looked_up(self, channel, value));
    case STEP_MATRIX:
    case STEP_CUBE: break;
    }
    return value;
}
