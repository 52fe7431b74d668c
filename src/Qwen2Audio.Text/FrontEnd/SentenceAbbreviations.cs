using System.Collections.Frozen;

namespace Qwen2Audio.Text.FrontEnd;

/// <summary>Decides whether a full stop after an abbreviation also ends the sentence.</summary>
internal static class SentenceAbbreviations
{
    /// <summary>Before names: a full stop never ends the sentence.</summary>
    private static readonly FrozenSet<string> Titles = Set("Mr Mrs Ms Messrs Mme Mlle Prof Rev Hon Gov Sen Rep Gen Col Lt Capt Sgt Maj Cmdr Adm Pres Supt Det Pvt Cpl Mt Fr e.g i.e cf viz vs approx ca");

    /// <summary>Before numbers: a full stop does not end the sentence if a number follows.</summary>
    private static readonly FrozenSet<string> Numbered = Set("No Nos no nos Vol vol Fig fig Figs figs Eq eq Ch ch Sec sec Art art p pp para Nr nr Jan Feb Mar Apr Jun Jul Aug Sep Sept Oct Nov Dec Ext ext Apt Rm Ste Rt Rte");

    /// <summary>A full stop ends the sentence if a word follows with which sentences begin.</summary>
    private static readonly FrozenSet<string> Others = Set("""
        Dr St Ave Rd Blvd Ln Hwy Sq Pl Ct Pkwy Dept dept Univ Inst Assn Bros Inc Corp Co Ltd Jr Sr Ft Esq Est est etc al Bldg Fl Mon Tue Tues Wed Thu Thur Thurs Fri Sat Sun
        Calif Mass Conn Fla Ga Ill Ind Kan Ky La Md Mich Minn Miss Mo Mont Neb Nev Okla Ore Pa Tenn Tex Va Vt Wash Wis Wyo
        max min avg temp tel Tel incl misc govt intl natl hr hrs mins secs lb lbs oz ft yd km cm mm kg
        """);

    private static readonly FrozenSet<string> Starters = Set("""
        The This That These Those It Its He She We They You I In On At But And Or So If When While What Who Why How Where There Then A An As After Before By For From His Her Their My Our Your
        Not No Yes Some Many Most All One Two However Also Although Because Since Until With Without Yet Please Let Did Do Does Is Are Was Were Will Would Can Could Should Meanwhile Nobody
        Everyone Everybody Someone Nothing Everything Each Every Both Another Other Others Such Here Now Today Yesterday Tomorrow Later Soon Perhaps Maybe Still Even Only Just Once Despite
        During Under Over Between Against Through Of To Well Oh
        """);

    /// <summary>True if a word before a full stop may be an abbreviation.</summary>
    public static bool MayBe(string word) =>
        word.Length == 1 ? char.IsLetter(word[0]) : word.Contains('.', StringComparison.Ordinal) || Titles.Contains(word) || Numbered.Contains(word) || Others.Contains(word);

    /// <summary>True if the full stop after such a word ends the sentence.</summary>
    /// <param name="word">The word before the full stop.</param>
    /// <param name="next">The beginning of the next word; empty if it is neither letters nor digits.</param>
    public static bool Ends(string word, string next)
    {
        if (next.Length == 0) return !Titles.Contains(word);
        var (isLower, isDigit) = (char.IsLower(next[0]), char.IsDigit(next[0]));
        if (Titles.Contains(word) || isLower) return false;
        if (word == "etc" || word == "I") return !isDigit;
        if (Numbered.Contains(word)) return !isDigit && RomanNumeral.Value(next) == 0 && !(char.IsUpper(word[0]) && word.Length > 2 && !Starters.Contains(next));
        return Starters.Contains(next);
    }

    private static FrozenSet<string> Set(string words) => words.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).ToFrozenSet(StringComparer.Ordinal);
}
