using System.Collections.Frozen;
using System.Text.RegularExpressions;

namespace Qwen2Audio.Text.FrontEnd;

/// <summary>Amounts of money: "$5.50", "£3bn", "20 EUR", "50¢".</summary>
internal static partial class MoneyRules
{
    private const string Number = @"(?<number>(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?|\.\d+)";
    private const string Scale = @"(?: ?(?<scale>[kK]|[mM]n?|[bB]n?|tn|T|(?i:hundred|thousand|million|billion|trillion))(?![A-Za-z\d]))?";
    private const string Codes = "USD|EUR|GBP|JPY|CHF|CAD|AUD|INR|CNY|SEK|NOK|DKK|RUB|KRW";

    private static readonly FrozenDictionary<string, Currency> Currencies = new Dictionary<string, Currency>(StringComparer.Ordinal)
    {
        ["$"] = new("dollar", "dollars", "cent", "cents"), ["USD"] = new("u. s. dollar", "u. s. dollars", "cent", "cents"), ["CAD"] = new("canadian dollar", "canadian dollars", "cent", "cents"),
        ["AUD"] = new("australian dollar", "australian dollars", "cent", "cents"), ["£"] = new("pound", "pounds", "penny", "pence"), ["GBP"] = new("pound", "pounds", "penny", "pence"),
        ["€"] = new("euro", "euros", "cent", "cents"), ["EUR"] = new("euro", "euros", "cent", "cents"), ["¥"] = new("yen", "yen", "sen", "sen"), ["JPY"] = new("yen", "yen", "sen", "sen"),
        ["₹"] = new("rupee", "rupees", "paisa", "paise"), ["INR"] = new("rupee", "rupees", "paisa", "paise"), ["CHF"] = new("swiss franc", "swiss francs", "centime", "centimes"),
        ["CNY"] = new("yuan", "yuan", "fen", "fen"), ["SEK"] = new("swedish krona", "swedish kronor", "ore", "ore"), ["NOK"] = new("norwegian krone", "norwegian kroner", "ore", "ore"),
        ["DKK"] = new("danish krone", "danish kroner", "ore", "ore"), ["₽"] = new("ruble", "rubles", "kopeck", "kopecks"), ["RUB"] = new("ruble", "rubles", "kopeck", "kopecks"),
        ["₩"] = new("won", "won", "jeon", "jeon"), ["KRW"] = new("won", "won", "jeon", "jeon"), ["¢"] = new("cent", "cents", "", ""),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, string> Prefixes = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["US"] = "u. s. ", ["C"] = "canadian ", ["CA"] = "canadian ", ["A"] = "australian ", ["AU"] = "australian ", ["NZ"] = "new zealand ", ["HK"] = "hong kong ", ["S"] = "singapore ",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, string> ScaleWords = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase)
    {
        ["k"] = "thousand", ["m"] = "million", ["mn"] = "million", ["b"] = "billion", ["bn"] = "billion", ["t"] = "trillion", ["tn"] = "trillion",
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    // before these the currency is an adjective: a five dollar bill
    private static readonly FrozenSet<string> Things = new[] { "bill", "note", "coin", "fine", "deal", "prize", "question", "ticket", "budget", "grant", "loan", "investment", "contract", "lawsuit", "fee" }.ToFrozenSet(StringComparer.Ordinal);

    /// <summary>Reads an amount.</summary>
    public static bool Read(Reading reading)
    {
        var match = SymbolFirst().Match(reading.Text, reading.At);
        if (!match.Success) match = SymbolLast().Match(reading.Text, reading.At);
        if (!match.Success) return false;
        var currency = Currencies[match.Groups["currency"].Value];
        var (end, scale) = (match.Index + match.Length, match.Groups["scale"].Value);
        var isAdjective = Things.Contains(reading.WordAfter(end));
        var words = match.Groups["minus"].Success ? "minus " : "";
        if (match.Groups["from"] is { Success: true } from) words += $"{NumberWords.Decimal(from.Value)} to ";
        words += Amount(currency, Prefixes.GetValueOrDefault(match.Groups["prefix"].Value, ""), match.Groups["number"].Value, ScaleWords.GetValueOrDefault(scale, scale.ToLowerInvariant()), isAdjective);
        var stop = UnitRules.Per(reading, end, out var per);
        reading.Say($"{words} {per}", stop);
        return true;
    }

    private static string Amount(Currency currency, string prefix, string number, string scale, bool isAdjective)
    {
        if (scale.Length > 0) return $"{NumberWords.Decimal(number)} {scale} {prefix}{(isAdjective ? currency.One : currency.Many)}";
        var point = number.IndexOf('.', StringComparison.Ordinal);
        var isExact = point >= 0 && number.Length - point == 3 && currency.SmallOne.Length > 0;
        var whole = (isExact ? number[..point] : number).Replace(",", "", StringComparison.Ordinal);
        var name = whole == "1" || isAdjective ? currency.One : currency.Many;
        if (!isExact) return $"{NumberWords.Decimal(whole)} {prefix}{name}";
        var cents = int.Parse(number.AsSpan(point + 1), CultureInfo.InvariantCulture);
        var small = $"{NumberWords.Cardinal(cents)} {(cents == 1 ? currency.SmallOne : currency.SmallMany)}";
        if (whole is "" or "0") return cents == 0 ? $"zero {prefix}{currency.Many}" : small;
        return $"{NumberWords.Cardinal(whole)} {prefix}{name}{(cents > 0 ? $" and {small}" : "")}";
    }

    [GeneratedRegex($@"\G(?:(?<![A-Za-z\d])(?<minus>[-−]))?(?<prefix>US|CA|C|AU|A|NZ|HK|S)?(?:(?<currency>[$£€¥₹₩₽])|(?<currency>{Codes}) ?)(?<minus>[-−])?(?:(?<from>\d+(?:\.\d+)?)[-–][$£€¥₹₩₽]?)?{Number}{Scale}(?![A-Za-z\d])")]
    private static partial Regex SymbolFirst();

    [GeneratedRegex($@"\G(?:(?<from>\d+(?:\.\d+)?)[-–])?{Number}{Scale} ?(?<currency>[$£€¥¢₹₩₽]|{Codes})(?![A-Za-z\d])")]
    private static partial Regex SymbolLast();

    private sealed record Currency(string One, string Many, string SmallOne, string SmallMany);
}
