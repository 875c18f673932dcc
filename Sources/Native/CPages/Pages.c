#include "CPages.h"

// The compiler's, of C23.
#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char status_page[] = {
#embed "status.html"
};

const unsigned char *sluice_status_page(void) { return status_page; }

const size_t sluice_status_page_bytes = sizeof status_page;

static const unsigned char report_style[] = {
#embed "report.css"
};

const unsigned char *sluice_report_style(void) { return report_style; }

const size_t sluice_report_style_bytes = sizeof report_style;

static const unsigned char report_script[] = {
#embed "report.js"
};

const unsigned char *sluice_report_script(void) { return report_script; }

const size_t sluice_report_script_bytes = sizeof report_script;
