namespace Qwen2Audio.Text.FrontEnd;

/// <summary>Numbers, given as decimal digits of any length, in American English words.</summary>
internal static class NumberWords
{
    private static readonly string[] Units =
    [
        "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
    ];

    private static readonly string[] Tens = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];

    private static readonly string[] Scales =
    [
        "", "thousand", "million", "billion", "trillion", "quadrillion", "quintillion", "sextillion", "septillion", "octillion", "nonillion", "decillion", "undecillion", "duodecillion",
        "tredecillion", "quattuordecillion", "quindecillion", "sexdecillion", "septendecillion", "octodecillion", "novemdecillion", "vigintillion",
    ];

    private static readonly string[] Irregular = ["one first", "two second", "three third", "five fifth", "eight eighth", "nine ninth", "twelve twelfth"];

    /// <summary>The number; digits are named one by one if there are leading zeros, or more digits than words for them.</summary>
    /// <param name="digits">Digits 0–9, at least one.</param>
    public static string Cardinal(string digits)
    {
        if (digits == "0") return Units[0];
        if (digits[0] == '0' || digits.Length > 3 * Scales.Length) return Digits(digits);
        var words = new List<string>();
        for (var from = 0; from < digits.Length;)
        {
            var to = digits.Length - ((digits.Length - from - 1) / 3 * 3);
            var group = int.Parse(digits.AsSpan(from, to - from), CultureInfo.InvariantCulture);
            if (group > 0)
            {
                words.Add(BelowThousand(group));
                if (to < digits.Length) words.Add(Scales[(digits.Length - to) / 3]);
            }

            from = to;
        }

        return string.Join(' ', words);
    }

    /// <summary>A number below a million.</summary>
    public static string Cardinal(int number) => Cardinal(number.ToString(CultureInfo.InvariantCulture));

    /// <summary>The ordinal number.</summary>
    public static string Ordinal(string digits)
    {
        var words = Cardinal(digits);
        var last = words.LastIndexOf(' ') + 1;
        var word = words[last..];
        var known = Irregular.FirstOrDefault(pair => pair.StartsWith($"{word} ", StringComparison.Ordinal));
        var ordinal = known is not null ? known[(word.Length + 1)..] : word.EndsWith('y') ? $"{word[..^1]}ieth" : $"{word}th";
        return words[..last] + ordinal;
    }

    /// <summary>The ordinal number.</summary>
    public static string Ordinal(int number) => Ordinal(number.ToString(CultureInfo.InvariantCulture));

    /// <summary>Digits one by one.</summary>
    public static string Digits(string digits) => string.Join(' ', digits.Select(digit => Units[digit - '0']));

    /// <summary>A number with a decimal point: "3.14", ".5".</summary>
    public static string Decimal(string text)
    {
        var point = text.IndexOf('.', StringComparison.Ordinal);
        var whole = (point < 0 ? text : text[..point]).Replace(",", "", StringComparison.Ordinal);
        var words = whole.Length == 0 ? "" : Cardinal(whole);
        return point < 0 ? words : $"{words} point {Digits(text[(point + 1)..])}".TrimStart();
    }

    /// <summary>A year, "nineteen oh five", or a house number of four digits.</summary>
    /// <param name="year">1 to 9999.</param>
    public static string Year(int year)
    {
        var (century, rest) = (year / 100, year % 100);
        if (year < 1000 || year % 1000 == 0 || (year is > 2000 and < 2010)) return Cardinal(year);
        return $"{Cardinal(century)} {(rest == 0 ? "hundred" : rest < 10 ? $"oh {Units[rest]}" : BelowThousand(rest))}";
    }

    /// <summary>A number in the way that house numbers and the numbers of models are read: "two twenty one", "three eighty", "sixteen hundred".</summary>
    public static string Paired(string digits)
    {
        if (digits.Length is not (3 or 4) || digits[0] == '0') return digits.Length < 3 ? Cardinal(digits) : Digits(digits);
        if (digits.Length == 4) return digits.EndsWith("000", StringComparison.Ordinal) ? Cardinal(digits) : Year(int.Parse(digits, CultureInfo.InvariantCulture));
        if (digits.EndsWith("00", StringComparison.Ordinal)) return Cardinal(digits);
        return $"{Units[digits[0] - '0']} {(digits[1] == '0' ? $"oh {Units[digits[2] - '0']}" : Cardinal(digits[1..]))}";
    }

    /// <summary>The plural of a number's last word: "nineties", "sixes".</summary>
    public static string Plural(string words) => words.EndsWith('y') ? $"{words[..^1]}ies" : words.EndsWith('x') ? $"{words}es" : $"{words}s";

    /// <summary>A fraction: "one half", "three quarters", "twenty two sevenths"; "one over two hundred fifty" where no one says it otherwise.</summary>
    public static string Fraction(string numerator, string denominator)
    {
        var top = Cardinal(numerator);
        if (denominator is "0" or "1" || denominator.Length > 3 || denominator[0] == '0' || (denominator.Length == 3 && denominator != "100") || (denominator.Length == 2 && denominator[1] != '0' && denominator[0] > '3') || (numerator.Length > 2 && denominator.Length > 1))
            return $"{top} over {Cardinal(denominator)}";
        var isOne = numerator == "1";
        return denominator switch
        {
            "2" => isOne ? "one half" : $"{top} halves",
            "4" => isOne ? "one quarter" : $"{top} quarters",
            "100" => isOne ? "one hundredth" : $"{top} hundredths",
            _ => $"{top} {Ordinal(denominator)}{(isOne ? "" : "s")}",
        };
    }

    private static string BelowThousand(int number)
    {
        if (number < 20) return Units[number];
        if (number < 100) return Tens[number / 10] + (number % 10 > 0 ? $" {Units[number % 10]}" : "");
        return $"{Units[number / 100]} hundred{(number % 100 > 0 ? $" {BelowThousand(number % 100)}" : "")}";
    }
}
