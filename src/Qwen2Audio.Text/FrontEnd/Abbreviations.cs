using System.Collections.Frozen;

namespace Qwen2Audio.Text.FrontEnd;

/// <summary>Abbreviations and what they stand for.</summary>
internal static class Abbreviations
{
    /// <summary>With or without a full stop.</summary>
    public static FrozenDictionary<string, string> Always { get; } = Table("""
        Mr mister|Mrs missus|Ms miz|Messrs messers|Mme madame|Mlle mademoiselle|Prof professor|Jr junior|Sr senior|vs versus|etc et cetera|Ltd limited|Inc incorporated|Bros brothers|Dept department|dept department
        approx approximately|Blvd boulevard|Hwy highway|Pkwy parkway|Ph.D p. h. d.|PhD p. h. d.|Capt captain|Sgt sergeant|Cmdr commander|Lt lieutenant|Corp corporation|Govt government|govt government|Assn association|WWI world war one|WWII world war two|WW1 world war one|WW2 world war two
        """);

    /// <summary>With a full stop.</summary>
    public static FrozenDictionary<string, string> WithStop { get; } = Table("""
        e.g for example|i.e that is|cf compare|viz namely|al al|a.k.a also known as|Rev reverend|Hon honorable|Gov governor|Sen senator|Rep representative|Gen general|Col colonel|Maj major|Adm admiral|Pres president|Supt superintendent
        Det detective|Pvt private|Cpl corporal|Fr father|Ave avenue|Rd road|Ln lane|Sq square|Pl place|Ct court|Univ university|Inst institute|Co company|Esq esquire|Est established|est estimated|Bldg building
        Mon monday|Tue tuesday|Tues tuesday|Wed wednesday|Thu thursday|Thur thursday|Thurs thursday|Fri friday|Sat saturday|Sun sunday|Jan january|Feb february|Mar march|Apr april|Jun june|Jul july|Aug august|Sep september
        Sept september|Oct october|Nov november|Dec december|max maximum|min minimum|avg average|temp temperature|tel telephone|Tel telephone|incl including|misc miscellaneous|intl international|natl national|ca circa|c circa
        hrs hours|hr hour|mins minutes|secs seconds|lb pounds|lbs pounds|oz ounces|v versus|w with|Mt mount|Ft fort|Calif california|Mass massachusetts|Conn connecticut|Fla florida|Ga georgia|Ill illinois
        Ind indiana|Kan kansas|Ky kentucky|Md maryland|Mich michigan|Minn minnesota|Mont montana|Neb nebraska|Nev nevada|Okla oklahoma|Ore oregon|Pa pennsylvania|Tenn tennessee|Tex texas|Va virginia|Vt vermont
        Wash washington|Wis wisconsin|Wyo wyoming
        """);

    /// <summary>With or without a full stop, before a number.</summary>
    public static FrozenDictionary<string, string> BeforeNumber { get; } = Table("""
        No number|Nos numbers|no number|nos numbers|Nr number|nr number|Vol volume|vol volume|Fig figure|fig figure|Figs figures|figs figures|Eq equation|eq equation|Ch chapter|ch chapter|Sec section|sec section|Art article
        art article|p page|pp pages|para paragraph|Ext extension|ext extension|Apt apartment|Rm room|Ste suite|Fl floor|ver version|Ver version|v version|Rt route|Rte route
        """);

    /// <summary>Without a full stop too, after a capitalised word.</summary>
    public static FrozenDictionary<string, string> InAddresses { get; } = Table("Ave avenue|Rd road|Ln lane|Blvd boulevard|Sq square|Pl place|Ct court");

    /// <summary>Codes of the states, after a comma.</summary>
    public static FrozenDictionary<string, string> States { get; } = Table("""
        AL alabama|AK alaska|AZ arizona|AR arkansas|CA california|CO colorado|CT connecticut|DE delaware|FL florida|GA georgia|HI hawaii|ID idaho|IL illinois|IN indiana|IA iowa|KS kansas|KY kentucky|LA louisiana|ME maine|MD maryland
        MA massachusetts|MI michigan|MN minnesota|MS mississippi|MO missouri|MT montana|NE nebraska|NV nevada|NH new hampshire|NJ new jersey|NM new mexico|NY new york|NC north carolina|ND north dakota|OH ohio|OK oklahoma|OR oregon
        PA pennsylvania|RI rhode island|SC south carolina|SD south dakota|TN tennessee|TX texas|UT utah|VT vermont|VA virginia|WA washington|WV west virginia|WI wisconsin|WY wyoming|DC d. c.
        """);

    /// <summary>Fixed expressions with slashes or symbols.</summary>
    public static FrozenDictionary<string, string> Expressions { get; } = Table("w/o without|w/ with|c/o care of|and/or and or|n/a n. a.|N/A n. a.|C++ c. plus plus|C# c. sharp|F# f. sharp|R&D r. and d.|AT&T a. t. and t.|Q&A q. and a.|B&B b. and b.|A-Z a. to z.|A- a. minus|B- b. minus|C- c. minus|D- d. minus");

    private static FrozenDictionary<string, string> Table(string text) =>
        text.Split(['|', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(entry => entry.Split(' ', 2)).ToFrozenDictionary(entry => entry[0], entry => entry[1], StringComparer.Ordinal);
}
