namespace Qwen2Audio.Inference.Generation.Sampling;

/// <summary>Finds the largest logits by partitioning (Hoare's selection) instead of sorting.</summary>
internal static class LargestLogits
{
    /// <summary>The k-th largest value, 1 ≤ k ≤ length. Reorders the values.</summary>
    public static float Kth(Span<float> values, int k)
    {
        while (true)
        {
            var pivot = Pivot(values);
            var (greater, less) = Partition(values, pivot);
            if (k <= greater) values = values[..greater];
            else if (k <= less) return pivot;
            else
            {
                values = values[less..];
                k -= less;
            }
        }
    }

    /// <summary>
    /// The top-p bound: keeping the most probable values (weights e^(x − most)) until they have <paramref name="mass"/> keeps all values
    /// above the bound and the first <c>Equal</c> values equal to it. Reorders the values.
    /// </summary>
    public static (float Bound, int Equal) Nucleus(Span<float> values, float maximum, double mass)
    {
        var before = 0.0; // weight of the values that are kept in any case
        var bound = float.NegativeInfinity;
        while (!values.IsEmpty)
        {
            var pivot = Pivot(values);
            var (greater, less) = Partition(values, pivot);
            var above = before;
            foreach (var x in values[..greater]) above += MathF.Exp(x - maximum);
            if (above >= mass)
            {
                values = values[..greater];
                bound = pivot;
                continue;
            }

            double weight = MathF.Exp(pivot - maximum);
            var equal = less - greater;
            var kept = weight > 0 ? Math.Ceiling((mass - above) / weight) : 0;
            if (kept < equal) return (pivot, (int)kept);
            before = above + equal * weight;
            if (before >= mass) return (pivot, equal);
            values = values[less..];
        }

        return (bound, 0);
    }

    /// <summary>Moves greater values first, equal ones next: [0, Greater) &gt; pivot, [Greater, Less) = pivot, [Less, …) &lt; pivot.</summary>
    private static (int Greater, int Less) Partition(Span<float> values, float pivot)
    {
        var (greater, i, less) = (0, 0, values.Length);
        while (i < less)
        {
            var x = values[i];
            if (x > pivot)
            {
                values[i++] = values[greater];
                values[greater++] = x;
            }
            else if (x < pivot)
            {
                values[i] = values[--less];
                values[less] = x;
            }
            else
            {
                i++;
            }
        }

        return (greater, less);
    }

    /// <summary>The median of three.</summary>
    private static float Pivot(ReadOnlySpan<float> values)
    {
        var (a, b, c) = (values[0], values[values.Length / 2], values[^1]);
        return MathF.Max(MathF.Min(a, b), MathF.Min(MathF.Max(a, b), c));
    }
}
