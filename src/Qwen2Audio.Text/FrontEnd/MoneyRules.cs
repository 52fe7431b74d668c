using System.Collections.Frozen;
using System.Text.RegularExpressions;

namespace Qwen2Audio.Text.FrontEnd;

/// <summary>Amounts of money: "$5.50", "£3bn", "20 EUR", "50¢".</summary>
internal static partial class MoneyRules
{
    private const string Number = @"(?<number>\d+,\d\d(?!\d)|(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?|\.\d+)";
    private const string Scale = @"(?: ?(?<scale>[kK]|[mM]n?|[bB]n?|tn|T|(?i:hundred|thousand|million|billion|trillion))(?![A-Za-z\d]))?";
    private const string Codes = "USD|EUR|GBP|JPY|CHF|CAD|AUD|INR|CNY|SEK|NOK|DKK|RUB|KRW";

    private static readonly FrozenDictionary<string, Currency> Currencies = """
        $ dollar dollars cent cents|USD u._s._dollar u._s._dollars cent cents|CAD canadian_dollar canadian_dollars cent cents|AUD australian_dollar australian_dollars cent cents|£ pound pounds penny pence
        GBP pound pounds penny pence|€ euro euros cent cents|EUR euro euros cent cents|¥ yen yen sen sen|JPY yen yen sen sen|₹ rupee rupees paisa paise|INR rupee rupees paisa paise|¢ cent cents
        CHF swiss_franc swiss_francs centime centimes|CNY yuan yuan fen fen|SEK swedish_krona swedish_kronor ore ore|NOK norwegian_krone norwegian_kroner ore ore|DKK danish_krone danish_kroner ore ore
        ₽ ruble rubles kopeck kopecks|RUB ruble rubles kopeck kopecks|₩ won won jeon jeon|KRW won won jeon jeon
        """.Split(['|', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(entry => entry.Split(' '))
        .ToFrozenDictionary(parts => parts[0], parts => new Currency(parts[1].Replace('_', ' '), parts[2].Replace('_', ' '), parts.ElementAtOrDefault(3) ?? "", parts.ElementAtOrDefault(4) ?? ""), StringComparer.Ordinal);

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
        var isAdjective = reading.IsAfterArticle || Things.Contains(reading.WordAfter(end));
        var words = match.Groups["minus"].Success ? "minus " : "";
        if (match.Groups["from"] is { Success: true } from) words += $"{NumberWords.Decimal(from.Value)} to ";
        words += Amount(currency, Prefix(match.Groups["prefix"].Value), DecimalPoint().Replace(match.Groups["number"].Value, ".$1"), ScaleWord(scale.ToLowerInvariant()), isAdjective);
        var stop = UnitRules.Per(reading, end, out var per);
        reading.Say($"{words} {per}", stop);
        return true;
    }

    private static string Prefix(string prefix) => prefix switch
    {
        "US" => "u. s. ",
        "C" or "CA" => "canadian ",
        "A" or "AU" => "australian ",
        "NZ" => "new zealand ",
        "HK" => "hong kong ",
        "S" => "singapore ",
        _ => "",
    };

    private static string ScaleWord(string scale) => scale switch
    {
        "k" => "thousand",
        "m" or "mn" => "million",
        "b" or "bn" => "billion",
        "t" or "tn" => "trillion",
        _ => scale,
    };

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

    // a decimal comma, as in "€5,50"
    [GeneratedRegex(@",(\d\d)$")]
    private static partial Regex DecimalPoint();

    private sealed record Currency(string One, string Many, string SmallOne, string SmallMany);
}
