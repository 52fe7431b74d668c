namespace Qwen2Audio.Training.Speech.SyntheticData;

/// <summary>English words for numbers and dates.</summary>
internal static class SpokenNumbers
{
    public static readonly string[] Digits = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];

    public static readonly string[] Months =
        ["january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"];

    private static readonly string[] Teens =
        ["ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"];

    private static readonly string[] Tens = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];

    private static readonly string[] Ordinals =
    [
        "", "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh", "twelfth",
        "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth", "eighteenth", "nineteenth", "twentieth",
    ];

    /// <summary>0…99 as a cardinal number.</summary>
    public static string Below100(int value) => value switch
    {
        < 10 => Digits[value],
        < 20 => Teens[value - 10],
        _ => value % 10 == 0 ? Tens[value / 10] : $"{Tens[value / 10]} {Digits[value % 10]}",
    };

    /// <summary>0…9999 as a cardinal number, without "and".</summary>
    public static string Cardinal(int value)
    {
        if (value < 100) return Below100(value);
        var (high, low) = value >= 1000 ? (value / 1000, value % 1000) : (value / 100, value % 100);
        var unit = value >= 1000 ? "thousand" : "hundred";
        return low == 0 ? $"{Digits[high]} {unit}" : $"{Digits[high]} {unit} {Cardinal(low)}";
    }

    /// <summary>1…31 as a day of the month.</summary>
    public static string Ordinal(int day) => day switch
    {
        <= 20 => Ordinals[day],
        30 => "thirtieth",
        _ => $"{Tens[day / 10]} {Ordinals[day % 10]}",
    };

    /// <summary>Digit by digit; a zero is "oh" or "zero".</summary>
    public static string OneByOne(string digits, string zero) =>
        string.Join(' ', digits.Select(digit => digit == '0' ? zero : Digits[digit - '0']));

    /// <summary>0…99 as the second half of a four-figure number: "oh five", "fifteen", "hundred".</summary>
    public static string SecondHalf(int value) => value switch
    {
        0 => "hundred",
        < 10 => "oh " + Digits[value],
        _ => Below100(value),
    };
}
