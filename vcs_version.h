#define VCSVERSION "Git commit 882448bcf104"
