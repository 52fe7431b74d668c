namespace Qwen2Audio.Numerics.Experts;

/// <summary>The row-wise part of <see cref="ExpertRouting"/>: softmax and choice of a row's experts, and the gradient.</summary>
internal readonly unsafe struct ExpertChoice(
    Matrix logits, Matrix probabilities, int k, bool normalise, int* chosen, float* weights, float* sums)
{
    private const int RowsPerItem = 64;

    public Matrix WeightGradients { get; init; }

    public static int Items(int rows) => (rows + RowsPerItem - 1) / RowsPerItem;

    public static void ChooseRows(void* context, int item, int worker)
    {
        var choice = (ExpertChoice*)context;
        var end = Math.Min(choice->Rows, (item + 1) * RowsPerItem);
        for (var row = item * RowsPerItem; row < end; row++) choice->Choose(row);
    }

    public static void DifferentiateRows(void* context, int item, int worker)
    {
        var choice = (ExpertChoice*)context;
        var end = Math.Min(choice->Rows, (item + 1) * RowsPerItem);
        for (var row = item * RowsPerItem; row < end; row++) choice->Differentiate(row);
    }

    private int Rows => probabilities.Rows;

    private void Choose(int row)
    {
        var p = probabilities.Row(row);
        Softmax(logits.Row(row), p);
        var mine = new Span<int>(chosen + (long)row * k, k);
        var weight = new Span<float>(weights + (long)row * k, k);
        var sum = 0f;
        for (var c = 0; c < k; c++)
        {
            mine[c] = Best(p, mine[..c]);
            weight[c] = p[mine[c]];
            sum += weight[c];
        }

        sums[row] = sum;
        if (!normalise) return;
        for (var c = 0; c < k; c++) weight[c] /= sum;
    }

    private static void Softmax(ReadOnlySpan<float> x, Span<float> y)
    {
        var max = float.NegativeInfinity;
        foreach (var value in x) max = MathF.Max(max, value);
        var sum = 0f;
        for (var e = 0; e < y.Length; e++) sum += y[e] = MathF.Exp(x[e] - max);
        var scale = 1f / sum;
        for (var e = 0; e < y.Length; e++) y[e] *= scale;
    }

    // NaN ranks lowest, so a row with NaN still gets k different experts, and its weights become NaN
    private static int Best(ReadOnlySpan<float> p, ReadOnlySpan<int> taken)
    {
        var best = -1;
        for (var e = 0; e < p.Length; e++)
        {
            if (taken.Contains(e)) continue;
            if (best < 0 || p[e] > p[best] || float.IsNaN(p[best]) && !float.IsNaN(p[e])) best = e;
        }

        return best;
    }

    // weight_c = p_c / s: dp_c = (dw_c − Σ dw·w) / s, s the sum of the chosen; then dlogit_e = p_e (dp_e − Σ dp·p)
    private void Differentiate(int row)
    {
        var p = probabilities.Row(row);
        var dlogits = logits.Row(row);
        var mine = new ReadOnlySpan<int>(chosen + (long)row * k, k);
        var weight = new ReadOnlySpan<float>(weights + (long)row * k, k);
        var dweight = WeightGradients.Row(row);
        float shift = 0f, scale = 1f;
        if (normalise)
        {
            for (var c = 0; c < k; c++) shift += dweight[c] * weight[c];
            scale = 1f / sums[row];
        }

        var inner = 0f;
        for (var c = 0; c < k; c++) inner += (dweight[c] - shift) * scale * p[mine[c]];
        for (var e = 0; e < p.Length; e++) dlogits[e] -= p[e] * inner;
        for (var c = 0; c < k; c++) dlogits[mine[c]] += p[mine[c]] * ((dweight[c] - shift) * scale);
    }
}
