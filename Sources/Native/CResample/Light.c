#include "Light.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

// Between two entries the curves are taken for straight: that is less than 0.006 of a sample of 8 bits off, and about one
// of 16 bits in the darkest part.
enum { ENTRIES = 4096 };

struct sluice_light {
    float of_bytes[256];
    float up[ENTRIES + 2], down[ENTRIES + 2];
};

// IEC 61966-2-1; 0 to 1.
static double light_of(double value) { return value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4); }
static double value_of(double light) {
    return light <= 0.0031308 ? 12.92 * light : 1.055 * pow(light, 1 / 2.4) - 0.055;
}

sluice_light *sluice_light_new(void) {
    sluice_light *light = malloc(sizeof(*light));
    if (!light) return NULL;
    for (int sample = 0; sample < 256; sample++) light->of_bytes[sample] = (float) (255 * light_of(sample / 255.0));
    for (int entry = 0; entry < ENTRIES + 2; entry++) {
        double at = entry < ENTRIES ? (double) entry / ENTRIES : 1;
        light->up[entry] = (float) light_of(at);
        light->down[entry] = (float) value_of(at);
    }
    return light;
}

static void look_up(const float *table, float most, float *values, size_t count) {
    const float scale = ENTRIES / most;
    for (size_t index = 0; index < count; index++) {
        float value = values[index] < 0 ? 0 : values[index] > most ? most : values[index];
        float place = value * scale;
        int entry = (int) place;
        values[index] = most * (table[entry] + (place - (float) entry) * (table[entry + 1] - table[entry]));
    }
}

void sluice_light_up(const sluice_light *light, int sample_bytes, float *values, size_t count) {
    if (sample_bytes != 1) return look_up(light->up, 65535, values, count);
    for (size_t index = 0; index < count; index++) values[index] = light->of_bytes[(uint8_t) values[index]];
}

void sluice_light_down(const sluice_light *light, float most, float *values, size_t count) {
    look_up(light->down, most, values, count);
}
