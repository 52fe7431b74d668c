using System.Collections.Frozen;

namespace Qwen2Audio.Text.FrontEnd;

/// <summary>Words with several pronunciations, where the words around them say which is meant. Others keep the dictionary's preferred one.</summary>
internal static class Heteronyms
{
    private static readonly FrozenSet<string> BeforeNouns = Set("""
        a an the this that these those my your his her its our their no any some every each another what which whose of in on for with by from at into per new old first last next best world main other one two three four five all
        """);

    private static readonly FrozenSet<string> BeforeVerbs = Set("to will would can could should shall may might must i you we they who don't doesn't didn't won't can't cannot couldn't wouldn't please let's i'll we'll you'll they'll he'll she'll i'd we'd they'd not never always often");

    private static readonly FrozenSet<string> BeforeParticiples = Set("have has had having been was were is are be being i've we've you've they've haven't hasn't hadn't already just never well");

    private static readonly FrozenDictionary<string, (string Noun, string Verb)> NounsAndVerbs = """
        record: R EH1 K ER0 D; R IH0 K AO1 R D | records: R EH1 K ER0 D Z; R IH0 K AO1 R D Z | present: P R EH1 Z AH0 N T; P R IY0 Z EH1 N T | presents: P R EH1 Z AH0 N T S; P R IY0 Z EH1 N T S
        object: AA1 B JH EH0 K T; AH0 B JH EH1 K T | objects: AA1 B JH EH0 K T S; AH0 B JH EH1 K T S | subject: S AH1 B JH IH0 K T; S AH0 B JH EH1 K T | project: P R AA1 JH EH0 K T; P R AH0 JH EH1 K T
        projects: P R AA1 JH EH0 K T S; P R AH0 JH EH1 K T S | produce: P R OW1 D UW0 S; P R AH0 D UW1 S | conduct: K AA1 N D AH0 K T; K AH0 N D AH1 K T | contract: K AA1 N T R AE2 K T; K AH0 N T R AE1 K T
        contrast: K AA1 N T R AE0 S T; K AH0 N T R AE1 S T | permit: P ER1 M IH2 T; P ER0 M IH1 T | permits: P ER1 M IH2 T S; P ER0 M IH1 T S | rebel: R EH1 B AH0 L; R IH0 B EH1 L | rebels: R EH1 B AH0 L Z; R IH0 B EH1 L Z
        refuse: R EH1 F Y UW2 Z; R AH0 F Y UW1 Z | reject: R IY1 JH EH0 K T; R IH0 JH EH1 K T | insult: IH1 N S AH2 L T; IH2 N S AH1 L T | increase: IH1 N K R IY2 S; IH0 N K R IY1 S | decrease: D IY1 K R IY2 S; D IH0 K R IY1 S
        import: IH1 M P AO2 R T; IH2 M P AO1 R T | export: EH1 K S P AO0 R T; IH0 K S P AO1 R T | transport: T R AE1 N S P AO0 R T; T R AE0 N S P AO1 R T | protest: P R OW1 T EH2 S T; P R AH0 T EH1 S T
        progress: P R AA1 G R EH2 S; P R AH0 G R EH1 S | convict: K AA1 N V IH0 K T; K AH0 N V IH1 K T | conflict: K AA1 N F L IH0 K T; K AH0 N F L IH1 K T | convert: K AA1 N V ER0 T; K AH0 N V ER1 T
        use: Y UW1 S; Y UW1 Z | excuse: IH0 K S K Y UW1 S; IH0 K S K Y UW1 Z | abuse: AH0 B Y UW1 S; AH0 B Y UW1 Z | house: HH AW1 S; HH AW1 Z | estimate: EH1 S T AH0 M AH0 T; EH1 S T AH0 M EY2 T
        graduate: G R AE1 JH AH0 W AH0 T; G R AE1 JH AH0 W EY2 T | duplicate: D UW1 P L AH0 K AH0 T; D UW1 P L AH0 K EY2 T | delegate: D EH1 L AH0 G AH0 T; D EH1 L AH0 G EY2 T | advocate: AE1 D V AH0 K AH0 T; AE1 D V AH0 K EY2 T
        associate: AH0 S OW1 SH IY0 AH0 T; AH0 S OW1 SH IY0 EY2 T | tear: T IH1 R; T EH1 R | wind: W IH1 N D; W AY1 N D | minute: M IH1 N AH0 T; M IH1 N AH0 T | minutes: M IH1 N AH0 T S; M IH1 N AH0 T S
        """.Split(['|', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(entry => entry.Split([':', ';'], StringSplitOptions.TrimEntries)).ToFrozenDictionary(parts => parts[0], parts => (parts[1], parts[2]), StringComparer.Ordinal);

    // used as verbs unless the word before says otherwise
    private static readonly FrozenSet<string> RatherVerbs = Set("produce refuse increase decrease convert use");

    private static readonly FrozenSet<string> LivePerformances = Set("music show shows performance performances concert concerts broadcast broadcasts audience stream streams event events television tv coverage ammunition wire wires album recording recordings band bands video updates chat");

    /// <summary>"the" before a vowel.</summary>
    public static IReadOnlyList<Phone> TheBeforeVowels { get; } = Phone.Parse("DH IY0");

    /// <summary>The pronunciation that the context asks for; null to take the dictionary's.</summary>
    public static IReadOnlyList<Phone>? Find(IReadOnlyList<NormalWord> words, int at)
    {
        var word = words[at].Text;
        var before = at > 0 && words[at - 1].Break == PhraseBreak.None ? words[at - 1].Text : "";
        var after = at + 1 < words.Count && words[at].Break == PhraseBreak.None ? words[at + 1].Text : "";
        var phones = word switch
        {
            "the" => "DH AH0",
            "a" => "AH0",
            "read" => BeforeParticiples.Contains(before) || (BeforeParticiples.Contains(Before(words, at - 1)) && !BeforeVerbs.Contains(before)) ? "R EH1 D" : "R IY1 D",
            "live" => LivePerformances.Contains(after) || before is "broadcast" or "streamed" or "streaming" or "recorded" or "go" or "going" or "went" ? "L AY1 V" : "L IH1 V",
            "lives" => before is "their" or "our" or "your" or "the" or "many" or "of" or "lost" or "saved" or "save" or "human" or "two" or "these" or "those" or "all" ? "L AY1 V Z" : "L IH1 V Z",
            "lead" => before is "of" or "molten" || after is "pipe" or "pipes" or "paint" or "poisoning" or "acid" or "bullet" or "bullets" ? "L EH1 D" : "L IY1 D",
            "close" => after == "to" && before != "to" || before is "very" or "too" or "so" or "how" or "as" or "get" or "got" or "came" or "come" || after is "by" or "up" or "friend" or "friends" or "enough" ? "K L OW1 S" : "K L OW1 Z",
            _ when NounsAndVerbs.TryGetValue(word, out var forms) => BeforeVerbs.Contains(before) || (RatherVerbs.Contains(word) && !BeforeNouns.Contains(before)) ? forms.Verb : forms.Noun,
            _ => null,
        };
        return phones is null ? null : Phone.Parse(phones);
    }

    private static string Before(IReadOnlyList<NormalWord> words, int at) => at > 0 && words[at - 1].Break == PhraseBreak.None ? words[at - 1].Text : "";

    private static FrozenSet<string> Set(string words) => words.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).ToFrozenSet(StringComparer.Ordinal);
}
