#include "learn/identifier_words.h"

#include <string.h>

/* Lists are one string, each word between blanks, so that a look-up is one search and nothing needs relocation. */
static bool is_in(const char *list, const char *word, size_t len)
{
    char padded[34];
    if (len == 0 || len > sizeof padded - 3)
        return false;
    padded[0] = ' ';
    for (size_t i = 0; i < len; i++) {
        char c = word[i];
        if (c == ' ' || c == '\0')
            return false;
        padded[i + 1] = c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
    }
    padded[len + 1] = ' ';
    padded[len + 2] = '\0';
    return strstr(list, padded) != NULL;
}

enum identifier_top identifier_top_rank(const char *label, size_t len)
{
    static const char sure[] = " com net org edu gov mil arpa biz localdomain lan uk de fr cn jp ru br au nz kr tw hk "
                               "nl ch es dk fi cz hu gr pt "
                               "ro tr ua ir il za mx ar cl pe th vn sg ae sa eg ng ke bg sk lt lv ee ie lu by kz ";
    static const char likely[] = " io info int dev app local home internal intranet corp cloud example ";
    static const char unlikely[] = " us ca eu it se no be at in id my ph me tv cc co pl ai ";
    if (is_in(sure, label, len))
        return TOP_SURE;
    return is_in(likely, label, len) ? TOP_LIKELY : is_in(unlikely, label, len) ? TOP_UNLIKELY : TOP_NONE;
}

bool identifier_is_package(const char *label, size_t len)
{
    return is_in(" com org net edu gov java javax sun jdk io scala akka kotlin android system microsoft de uk fr cn ",
                 label, len);
}

/* The last word of user_name, userName, USER-NAME together with the one before it, in small letters. */
static size_t squeeze(const char *key, size_t len, char out[32])
{
    size_t n = 0;
    if (len > 64)
        return 0;
    for (size_t i = 0; i < len && n < 31; i++)
        if (key[i] != '_' && key[i] != '-' && key[i] != ' ' && key[i] != '.')
            out[n++] = key[i] >= 'A' && key[i] <= 'Z' ? (char)(key[i] + ('a' - 'A')) : key[i];
    return n;
}

static size_t last_word(const char *key, size_t len)
{
    size_t at = len;
    while (at > 0 && key[at - 1] != '_' && key[at - 1] != '-' && key[at - 1] != '.' && key[at - 1] != ' ')
        at--;
    return at;
}

enum identifier identifier_of_key(const char *key, size_t len)
{
    static const char users[] =
        " user username userid login loginname logname account accountname acct owner ruser "
        "luser uname fullname firstname "
        "lastname surname customer customername patient employee recipient sender author "
        "nickname displayname useremail realname assignee assignedto reporter approver requester "
        "createdby updatedby modifiedby cardholder beneficiary physician ";
    static const char hosts[] = " host hostname rhost fqdn nodename servername machinename computername workstation ";
    static const char secrets[] = " password passwd passphrase pwd secret token accesstoken refreshtoken authtoken "
                                  "apikey apitoken secretkey accesskey "
                                  "privatekey bearer authorization sessiontoken clientsecret csrftoken cookie ";
    char word[32];
    size_t n = squeeze(key, len, word);
    for (int round = 0; round < 2; round++) {
        if (is_in(users, word, n))
            return IDENTIFIER_USER;
        if (is_in(hosts, word, n))
            return IDENTIFIER_HOST;
        if (is_in(secrets, word, n))
            return IDENTIFIER_TOKEN;
        size_t last = last_word(key, len);
        if (last == 0)
            break;
        n = squeeze(key + last, len - last, word);
    }
    return IDENTIFIER_NONE;
}

bool identifier_is_nobody(const char *text, size_t len)
{
    /* "[unknown]", "<none>", "(null)" */
    if (len > 2 && strchr("[<(", text[0]) != NULL && text[0] != '\0' && strchr("]>)", text[len - 1]) != NULL &&
        text[len - 1] != '\0') {
        text++;
        len -= 2;
    }
    return is_in(
        " root nobody daemon system anonymous guest admin administrator localhost localhost.localdomain none null "
        "nil unknown undefined true false yes no default n/a ",
        text, len);
}

bool identifier_may_name(const char *text, size_t len)
{
    static const char others[] =
        " a an and are as at authenticated authentication be been before by can cannot connected could did "
        "disconnected "
        "does does_not doesn for from had has have id ids if in info input into invalid is it its list locked logged "
        "login "
        "logout may mode must name names no not of on or out over password process request requested requests said "
        "session "
        "sessions should space than that the then this to unknown unlocked using via was were who will with without "
        "agent data defined code error level account group ";
    return !is_in(others, text, len);
}

size_t identifier_token_prefix(const char *text, size_t len)
{
    static const char *const prefixes[] = {"AKIA",     "ASIA",  "ghp_",  "gho_",  "ghs_", "github_pat_",
                                           "glpat-",   "xoxb-", "xoxp-", "xoxa-", "sk-",  "sk_live_",
                                           "pk_live_", "AIza",  "ya29",  "npm_",  "SG.",  "hvs."};
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++) {
        size_t n = strlen(prefixes[i]);
        if (len > n && memcmp(text, prefixes[i], n) == 0)
            return n;
    }
    return 0;
}
