using System.Numerics;

namespace Qwen2Audio.Checkpoints.NGrams;

/// <summary>What the compact format knows before it reads the next number of an n-gram: the table of its frequencies; and how numbers become symbols.</summary>
internal static class NGramCoding
{
    /// <summary>ln P of single words is a multiple of this.</summary>
    public const float WordStep = 1 / 16f;

    /// <summary>ln of a probability 0, ARPA's log10.</summary>
    public static readonly float Never = (float)(-99 * Math.Log(10));

    private const int Gaps = 48;
    private const int Levels = 32; // of joint probabilities
    private const int Direct = 8; // numbers with a symbol of their own
    private const int Escape = 0;
    private const int ZeroSteps = 20;
    private const float NatsPerLevel = 0.75f;

    private const int PerOrder = Gaps + Levels + Levels;

    /// <summary>Number of tables.</summary>
    public static int Tables(int order) => order * PerOrder;

    /// <summary>Table of the number of words skipped after the same context, when so many of a list's words are still to come.</summary>
    public static int GapTable(int n, int words, int listed)
    {
        var ratio = 8L * listed / words;
        var log = BitOperations.Log2((ulong)ratio);
        return Table(n) + Math.Min(2 * (log - 3) + (int)((ratio >> (log - 1)) & 1), Gaps - 1);
    }

    /// <summary>Table of an n-gram's steps from the probability of the shorter one, which would give it this joint ln P. For single words: of the difference from the word before.</summary>
    public static int StepTable(int n, float joint) => Table(n) + Gaps + Level(joint);

    /// <summary>Table of the number of n-grams that continue one of this joint ln P.</summary>
    public static int ChildrenTable(int n, float joint) => Table(n) + Gaps + Levels + Level(joint);

    /// <summary>P of an n-gram: that of the shorter one, its log odds raised by steps; odds is e to this power.</summary>
    public static float Raised(float lower, float odds) => lower * odds / (1 + (lower * (odds - 1)));

    /// <summary>ln of a back-off weight, from the sums of P and of the shorter n-grams' P over the words after a context.</summary>
    public static float Backoff(double sum, double sumBelow) => (float)Math.Log(Math.Max(1 - sum, 1e-9) / Math.Max(1 - sumBelow, 1e-9));

    /// <summary>Adds a number from 0: small ones as symbols, larger ones as half an octave and bits.</summary>
    public static void Add(AnsEncoder coder, int table, int value)
    {
        if (value < Direct)
        {
            coder.Add(table, value);
            return;
        }

        var log = BitOperations.Log2((uint)value);
        coder.Add(table, Direct + (2 * (log - 3)) + ((value >> (log - 1)) & 1), log - 1, value & ((1 << (log - 1)) - 1));
    }

    /// <summary>Reads a number from 0; negative: there is none.</summary>
    public static int Read(ref AnsDecoder coder, int table)
    {
        var symbol = coder.Symbol(table);
        if (symbol < Direct) return symbol;
        var log = 3 + ((symbol - Direct) >> 1);
        return log - 1 > AnsDecoder.MostBits ? -1 : ((2 | ((symbol - Direct) & 1)) << (log - 1)) | coder.Bits(log - 1);
    }

    /// <summary>Adds a number of steps.</summary>
    public static void AddSteps(AnsEncoder coder, int table, int steps)
    {
        var symbol = steps + ZeroSteps;
        if (symbol is > Escape and < AnsDecoder.Symbols) coder.Add(table, symbol);
        else coder.Add(table, Escape, 16, (ushort)steps);
    }

    /// <summary>Reads a number of steps; null: there is none.</summary>
    public static int? ReadSteps(ref AnsDecoder coder, int table) => coder.Symbol(table) switch
    {
        < 0 => null,
        Escape => (short)coder.Bits(16),
        var symbol => symbol - ZeroSteps,
    };

    private static int Table(int n) => (n - 1) * PerOrder;

    private static int Level(float joint) => Math.Clamp((int)(-joint / NatsPerLevel), 0, Levels - 1);
}
