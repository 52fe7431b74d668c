using System.Collections.Frozen;

namespace Qwen2Audio.Text.FrontEnd;

/// <summary>Words in capitals: which are spelled, and which are spoken as words.</summary>
internal static class Acronyms
{
    /// <summary>Spoken as words though they are short or in no dictionary, with the spelling that is spoken.</summary>
    public static FrozenDictionary<string, string> Words { get; } = """
        NASA|NATO|AIDS|UNESCO|UNICEF|OPEC|FIFA|RAM ram|ROM rom|PIN pin|SIM sim|JPEG jay peg|PNG p. n. g.|GIF gif|ASCII ask ee|SCSI scuzzy|NAFTA|ASEAN|FEMA|OSHA osha|DARPA|NIMBY|LASIK|SWAT|SARS sars|MERS mers|COVID
        LAN lan|WAN wan|DOS dos|BIOS|SAT s. a. t.|IEEE i. triple e.|NAACP n. double a. c. p.|AAA triple a.|PIXAR|GUI gooey|CAD cad|CAPTCHA|UEFA u. e. f. a.|NASDAQ|IKEA|LEGO|OK okay|OKAY okay|LOL l. o. l.|VAT v. a. t.
        ZIP zip|RADAR|SONAR|LASER|SCUBA|MIDI|CERN cern|ESA e. s. a.|POTUS|SCOTUS|FLOTUS|ICANN i. can|TED ted|PETA|MIT m. i. t.|UCLA u. c. l. a.|ESPN e. s. p. n.|HIV h. i. v.|AKA a. k. a.|ASAP a. s. a. p.
        FAQ f. a. q.|IRAS|ISIS|YMCA y. m. c. a.|BYOB b. y. o. b.|RSVP r. s. v. p.|TGIF t. g. i. f.|UFO u. f. o.|AWOL|MASH
        """.Split(['|', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(entry => entry.Split(' ', 2)).ToFrozenDictionary(entry => entry[0], entry => entry.Length > 1 ? entry[1] : entry[0].ToLowerInvariant(), StringComparer.Ordinal);

    /// <summary>Short words that are often written in capitals for emphasis.</summary>
    public static FrozenSet<string> Emphasised { get; } = """
        A I AN AND ANY ARE ALL AS AT BE BIG BUT BY CAN DAY DID DO FOR GET GO GOD HAD HAS HE HER HIM HIS HOT HOW IF IN IS ITS JOB LET MAN MAY ME MY NEW NO NOR NOT NOW OF OFF OLD ON ONE OR OUR OUT OWN SAY SHE SO THE TO TOO TOP TRY TWO UP
        USE WAS WAY WE WHO WHY WIN WON YES YET YOU BAD BUY CAT DOG END EAT FUN GUY LAW LOW MEN MOM RED RUN SEE SEX SIR SIX SON SUN TEN WAR WOW YOUR THIS THAT
        """.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).ToFrozenSet(StringComparer.Ordinal);

    /// <summary>Spelled though a dictionary has the letters as a word.</summary>
    public static FrozenSet<string> Spelled { get; } = "HTML HTTP WIFI ADHD NCAA NBC ABC CBS USSR DVD ISBN ISSN VIP CEO URL SQL XML JSON".Split(' ').ToFrozenSet(StringComparer.Ordinal);
}
