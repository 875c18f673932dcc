// libjpeg-turbo, which libvips reads JPEGs with too: from C, where its errors, which jump, stay.
#ifndef SLUICE_CJPEG_H
#define SLUICE_CJPEG_H
// It uses size_t and FILE without saying where they come from.
#include <stdio.h>
// In this order.
#include <jpeglib.h>
#include <jerror.h>

#endif
