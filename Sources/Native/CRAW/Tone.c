#include "Tone.h"

#include <glib.h>
#include <math.h>

// Values that are counted as one.
enum { STEP_BITS = 3, STEPS = 1 << (16 - STEP_BITS), DARKEST_WHITE = 32 };

// Of the pixels, as dcraw has it.
static const double CLIPPED = 0.01;

// ITU-R BT.709, item 1.2, with the constants that make its two parts meet.
static double curve(double light) {
    const double alpha = 1.09929682680944, beta = 0.018053968510807;
    return light < beta ? 4.5 * light : alpha * pow(light, 0.45) - (alpha - 1);
}

static int white(const size_t counts[STEPS], size_t clipped) {
    size_t total = 0;
    int step = STEPS - 1;
    for (; step > DARKEST_WHITE; step--)
        if ((total += counts[step]) > clipped) break;
    return step;
}

void sluice_raw_tone(raw_tone *tone, const uint16_t (*pixels)[4], size_t count, int bands) {
    size_t *counts = g_new0(size_t, (size_t) bands * STEPS);
    for (size_t index = 0; index < count; index++)
        for (int band = 0; band < bands; band++) counts[band * STEPS + (pixels[index][band] >> STEP_BITS)]++;
    int whitest = 0;
    for (int band = 0; band < bands; band++)
        whitest = MAX(whitest, white(counts + (size_t) band * STEPS, (size_t) ((double) count * CLIPPED)));
    g_free(counts);
    double range = (double) MAX(1, whitest << STEP_BITS);
    for (int value = 0; value < 1 << 16; value++)
        tone->values[value] = value < range ? (uint16_t) MIN(0xFFFF, 0x10000 * curve(value / range)) : 0xFFFF;
}
