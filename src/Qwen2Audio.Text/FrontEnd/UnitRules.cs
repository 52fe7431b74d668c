using System.Collections.Frozen;
using System.Text.RegularExpressions;

namespace Qwen2Audio.Text.FrontEnd;

/// <summary>Units of measurement after a number: "5 km", "60 km/h", "20°C", "50 %".</summary>
internal static partial class UnitRules
{
    private static readonly FrozenDictionary<string, (string One, string Many)> Units = Table("""
        km kilometer|m meter|cm centimeter|mm millimeter|μm micrometer|um micrometer|nm nanometer|mi mile|ft foot feet|in inch inches|yd yard|kg kilogram|g gram|mg milligram|μg microgram|lb pound|lbs pound|oz ounce
        l liter|L liter|ml milliliter|mL milliliter|cl centiliter|dl deciliter|gal gallon|qt quart|s second|sec second|secs second|min minute|mins minute|h hour|hr hour|hrs hour|ms millisecond|μs microsecond
        ns nanosecond|wk week|yr year|yrs year|Hz hertz hertz|kHz kilohertz kilohertz|MHz megahertz megahertz|GHz gigahertz gigahertz|THz terahertz terahertz|W watt|kW kilowatt|MW megawatt|GW gigawatt|mW milliwatt
        Wh watt-hour|kWh kilowatt-hour|MWh megawatt-hour|V volt|kV kilovolt|mV millivolt|A amp|mA milliamp|Ah amp-hour|mAh milliamp-hour|Ω ohm|kΩ kilohm|B byte|KB kilobyte|kB kilobyte|MB megabyte|GB gigabyte|TB terabyte|PB petabyte
        KiB kibibyte|MiB mebibyte|GiB gibibyte|TiB tebibyte|kbit kilobit|Mbit megabit|kbps kilobit/s|Mbps megabit/s|Gbps gigabit/s|dB decibel|Pa pascal|hPa hectopascal|kPa kilopascal|MPa megapascal|psi p._s._i. p._s._i.
        N newton|J joule|kJ kilojoule|MJ megajoule|cal calorie|kcal kilocalorie|mph mile/hour|kph kilometer/hour|kmh kilometer/hour|rpm revolution/minute|fps frame/second|dpi dot/inch|ppm part/million|px pixel|ha hectare|K kelvin|mol mole
        °C degree~celsius|°F degree~fahrenheit|°K degree~kelvin|° degree|C degree~celsius|F degree~fahrenheit|% percent percent|‰ per_mille per_mille|sqft square_foot square_feet|hp horsepower horsepower|lm lumen|lx lux lux|cd candela|eV electronvolt|keV kilo_electronvolt|MeV mega_electronvolt
        nmi nautical_mile|tbsp tablespoon|tsp teaspoon|t ton|kt kiloton|Mt megaton|bpm beat/minute|kB/s kilobyte/second
        """);

    // as letters or words these follow numbers too: a unit only where it is written so that nothing else is likely
    private static readonly FrozenSet<string> OnlyApart = new[] { "B", "A", "K", "N", "J", "t", "C", "F", "cal" }.ToFrozenSet(StringComparer.Ordinal);
    private static readonly FrozenSet<string> Lengths = new[] { "km", "m", "cm", "mm", "μm", "nm", "mi", "ft", "in", "yd" }.ToFrozenSet(StringComparer.Ordinal);
    private static readonly FrozenSet<string> OnlyJoined = new[] { "in", "l", "s", "h" }.ToFrozenSet(StringComparer.Ordinal);

    /// <summary>The unit that follows a number.</summary>
    /// <param name="reading">The sentence.</param>
    /// <param name="end">Where the number ends.</param>
    /// <param name="isOne">Whether the number is one, or a fraction of one.</param>
    /// <param name="words">The unit's words, empty without one.</param>
    /// <returns>Where the unit ends.</returns>
    public static int Read(Reading reading, int end, bool isOne, out string words)
    {
        words = "";
        var match = Unit().Match(reading.Text, end);
        if (!match.Success) return end;
        var (gap, name, power) = (match.Groups["gap"].Value, match.Groups["unit"].Value, match.Groups["power"].Value);
        if (!Units.TryGetValue(name, out var unit) || (power is "2" or "3" && !Lengths.Contains(name))) return end;
        if (gap.Length == 0 ? OnlyApart.Contains(name) : OnlyJoined.Contains(name) && power.Length == 0) return end;
        if (gap == " " && name.Length == 1 && char.IsAsciiLetter(name[0]) && char.IsAsciiLetterUpper(name[0]) && reading[match.Index + match.Length] != '/' && char.IsAsciiLetterUpper(FirstLetter(reading, match.Index + match.Length))) return end;
        words = (power.Length > 0 ? $"{Power(power)} " : "") + (isOne || gap == "-" ? unit.One : unit.Many);
        var stop = match.Index + match.Length;
        if (stop < reading.Text.Length && reading[stop] == '.' && name.Length > 1 && char.IsAsciiLetter(name[0]) && reading[stop + 1] == ' ' && !char.IsAsciiLetterUpper(FirstLetter(reading, stop + 1))) stop++;
        stop = Per(reading, stop, out var per);
        words = $"{words} {per}".TrimEnd();
        return stop;
    }

    /// <summary>"per" and the unit after a slash, as in "m/s" and "$5/month".</summary>
    /// <returns>Where it ends.</returns>
    public static int Per(Reading reading, int end, out string words)
    {
        words = "";
        var match = Slash().Match(reading.Text, end);
        if (!match.Success) return end;
        var (name, power) = (match.Groups["unit"].Value, match.Groups["power"].Value);
        if (Units.TryGetValue(name, out var unit)) words = power.Length > 0 && Lengths.Contains(name) ? $"per {Power(power)} {unit.One}" : $"per {unit.One}{(power is "" ? "" : power is "²" or "2" ? " squared" : " cubed")}";
        else if (name.Length > 2 && reading.Knows(name.ToLowerInvariant())) words = $"per {name.ToLowerInvariant()}";
        return words.Length > 0 ? end + match.Length : end;
    }

    private static string Power(string power) => power is "²" or "2" ? "square" : "cubic";

    private static char FirstLetter(Reading reading, int at)
    {
        while (reading[at] == ' ') at++;
        return reading[at];
    }

    private static FrozenDictionary<string, (string One, string Many)> Table(string text) =>
        text.Split(['|', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(entry => entry.Split(' ')).ToFrozenDictionary(entry => entry[0], entry =>
        {
            var (head, tail) = entry[1].Split('/', '~') is [var first, var second] ? (first, entry[1].Contains('/', StringComparison.Ordinal) ? $" per {second}" : $" {second}") : (entry[1], "");
            if (tail == " per s") tail = " per second";
            return (Spaced($"{head}{tail}"), Spaced(entry.Length > 2 ? entry[2] : $"{head}s{tail}"));
        }, StringComparer.Ordinal);

    private static string Spaced(string words) => words.Replace('_', ' ').Replace('-', ' ');

    [GeneratedRegex(@"\G(?<gap>[ -]?)(?<unit>°[CFK]?|%|‰|[A-Za-zμ]+|k?Ω)(?<power>[²³]|[23](?![\d.,]))?(?![A-Za-z\d]|'[A-Za-z])")]
    private static partial Regex Unit();

    [GeneratedRegex(@"\G/(?<unit>[A-Za-zμ]+)(?<power>[²³]|[23](?![\d.,]))?(?![A-Za-z\d/@])")]
    private static partial Regex Slash();
}
