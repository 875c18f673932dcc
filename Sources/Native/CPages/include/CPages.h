// Pages that come with Sluice: files that stand in the program itself, so that they are found wherever it is.
#ifndef SLUICE_CPAGES_H
#define SLUICE_CPAGES_H
#include <stddef.h>

// The status page, whole.
const unsigned char *sluice_status_page(void);
extern const size_t sluice_status_page_bytes;

// How a report looks, and what it does.
const unsigned char *sluice_report_style(void);
extern const size_t sluice_report_style_bytes;
const unsigned char *sluice_report_script(void);
extern const size_t sluice_report_script_bytes;

#endif
