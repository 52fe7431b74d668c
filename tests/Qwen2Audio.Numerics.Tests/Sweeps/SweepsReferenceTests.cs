using System.Runtime.InteropServices;
using Qwen2Audio.Formats.Safetensors;
using Qwen2Audio.Numerics.Attention;
using Qwen2Audio.Numerics.Norms;
using Qwen2Audio.Numerics.Probabilities;
using Qwen2Audio.Numerics.Sweeps;
using Qwen2Audio.Numerics.Tests.Attention;
using Qwen2Audio.Numerics.Time;

namespace Qwen2Audio.Numerics.Tests.Sweeps;

/// <summary>Outputs and gradients that were recorded with another implementation, wherever one kernel is the whole operator.</summary>
public sealed class SweepsReferenceTests : KernelTest
{
    [Fact]
    public void Rms_norm() => ForCases("rmsnorm", c =>
    {
        var (x, gain) = (c.Read("x"), c.Read("weight"));
        var (y, inverse, dx, dgain) = (c.Like("x"), Memory.Allocate(x.Rows, 1), c.Like("x"), c.Like("weight"));
        RmsNorm.Forward(Pool, x, gain, c.Setting("eps"), y, inverse);
        RmsNorm.Backward(Pool, x, gain, inverse, c.Read("upstream.y"), dx, dgain);
        c.Near("out.y", y);
        c.Near("grad.x", dx);
        c.Near("grad.weight", dgain);
    });

    [Fact]
    public void Layer_norm() => ForCases("layernorm", c =>
    {
        var (x, gain, bias) = (c.Read("x"), c.Read("weight"), c.Read("bias"));
        var (y, mean, inverse, dx) = (c.Like("x"), Memory.Allocate(x.Rows, 1), Memory.Allocate(x.Rows, 1), c.Like("x"));
        var (dgain, dbias) = (c.Like("weight"), c.Like("bias"));
        LayerNorm.Forward(Pool, x, gain, bias, c.Setting("eps"), y, mean, inverse);
        LayerNorm.Backward(Pool, x, gain, mean, inverse, c.Read("upstream.y"), dx, dgain, dbias);
        c.Near("out.y", y);
        c.Near("grad.x", dx);
        c.Near("grad.weight", dgain);
        c.Near("grad.bias", dbias);
    });

    [Fact]
    public void Rotary_positions() => ForCases("rope", c =>
    {
        var positions = c.Integers("positions");
        foreach (var name in (string[])["q", "k"])
        {
            var (x, dx) = (c.Read(name), c.Read($"upstream.{name}"));
            var table = PlainRotaryTables.Table((int)c.Shape(name)[2], c.Setting("theta"));
            Rotary.Apply(Pool, table, x, positions, inverse: false);
            Rotary.Apply(Pool, table, dx, positions, inverse: true);
            c.Near($"out.{name}", x);
            c.Near($"grad.{name}", dx);
        }
    });

    [Fact]
    public void Embedding() => ForCases("embedding", c =>
    {
        var (ids, y, gradient) = (c.Integers("ids"), c.Like("out.y"), c.Like("weight"));
        RowGather.Forward(Pool, c.Read("weight"), ids, y);
        RowGather.Backward(Pool, c.Read("upstream.y"), ids, gradient);
        c.Near("out.y", y);
        c.Near("grad.weight", gradient);
    });

    [Fact]
    public void Cross_entropy() => ForCases("cross_entropy", c =>
    {
        var (logits, targets, weights) = (c.Read("logits"), c.Integers("targets"), c.Read("token_weights").Span.ToArray());
        var (loss, logSum, gradient) = (Memory.Allocate(logits.Rows, 1), Memory.Allocate(logits.Rows, 1), c.Like("logits"));
        var smoothing = c.Setting("label_smoothing");
        CrossEntropy.Forward(Pool, logits, targets, smoothing, loss, logSum);
        var (total, sum) = (0.0, 0.0);
        for (var i = 0; i < targets.Length; i++)
        {
            if (targets[i] == CrossEntropy.LeftOut) continue;
            total += weights[i];
            sum += (double)weights[i] * loss.Row(i)[0];
        }

        var result = Memory.Allocate(1, 1);
        result.Span[0] = (float)(sum / total);
        var upstream = c.Read("upstream.loss").Span[0];
        float[] scale = [.. weights.Select(w => (float)(upstream * w / total))];
        CrossEntropy.Backward(Pool, logits, targets, scale, smoothing, logSum, gradient);
        c.Near("out.loss", result);
        c.Near("grad.logits", gradient);
    });

    [Fact]
    public void Average_pooling() => ForCases("average_pool", c =>
    {
        var (batch, time, pooled) = ((int)c.Shape("x")[0], (int)c.Shape("x")[2], (int)c.Shape("out.y")[2]);
        int[] starts = [.. Enumerable.Range(0, batch + 1).Select(b => b * time)];
        int[] yStarts = [.. Enumerable.Range(0, batch + 1).Select(b => b * pooled)];
        var (x, dy) = (Transposed(c.Read("x"), batch, time), Transposed(c.Read("upstream.y"), batch, pooled));
        var (y, dx) = (Memory.Allocate(dy.Rows, dy.Columns), Memory.AllocateZeroed(x.Rows, x.Columns));
        PairMean.Forward(Pool, x, starts, y, yStarts);
        PairMean.Backward(Pool, dy, yStarts, dx, starts);
        c.Near("out.y", Transposed(y, batch, (int)c.Shape("x")[1]));
        c.Near("grad.x", Transposed(dx, batch, (int)c.Shape("x")[1]));
    });

    /// <summary>The transposes, of <paramref name="rows"/> rows each, of the concatenated matrices of a batch.</summary>
    private Matrix Transposed(Matrix batch, int count, int rows)
    {
        var columns = (int)(batch.Length / count / Math.Max(1, rows));
        var result = Memory.AllocateZeroed(count * rows, columns);
        for (var b = 0; b < count; b++)
            for (var r = 0; r < rows; r++)
                for (var c = 0; c < columns; c++) result.Row(b * rows + r)[c] = batch.Span[(b * columns + c) * rows + r];
        return result;
    }

    private void ForCases(string name, Action<RecordedCase> check)
    {
        string[] parts = ["operators", $"{name}.safetensors"];
        Assert.SkipUnless(Fixtures.Has(parts), Fixtures.MissingReason(parts));
        using var file = SafetensorsFile.Open(Fixtures.Locate(parts));
        using var expected = JsonDocument.Parse(File.ReadAllText(Fixtures.Locate("operators", "expected.json")));
        var cases = expected.RootElement.GetProperty("operators").GetProperty(name).GetProperty("cases");
        Assert.NotEqual(0, cases.GetArrayLength());
        for (var i = 0; i < cases.GetArrayLength(); i++) check(new RecordedCase(file, Memory, i, cases[i]));
    }

    private sealed record RecordedCase(SafetensorsFile File, NativeArena Memory, int Number, JsonElement Settings)
    {
        public float Setting(string name) => Settings.GetProperty(name).GetSingle();

        public IReadOnlyList<long> Shape(string name) => File.Tensors[$"{Number}.{name}"].Shape;

        public Matrix Like(string name)
        {
            var shape = Shape(name);
            var rows = shape.Count > 1 ? (int)shape[0] : 1;
            return Memory.AllocateZeroed(rows, (int)(File.Tensors[$"{Number}.{name}"].Count / rows));
        }

        public Matrix Read(string name)
        {
            var matrix = Like(name);
            File.ReadFloats($"{Number}.{name}", matrix.Span, 0);
            return matrix;
        }

        public int[] Integers(string name)
        {
            var numbers = new long[File.Tensors[$"{Number}.{name}"].Count];
            File.ReadBytes($"{Number}.{name}", MemoryMarshal.AsBytes(numbers.AsSpan()), 0);
            return [.. numbers.Select(n => (int)n)];
        }

        public void Near(string name, Matrix found)
        {
            var tolerance = Settings.GetProperty("tolerance").GetProperty(name.StartsWith("grad", StringComparison.Ordinal) ? "gradient" : "output");
            Numbers.Near(Numbers.Of(Read(name)), found, tolerance.GetDouble(), $"case {Number}, {name}");
        }
    }
}
