using Qwen2Audio.Formats.Safetensors;
using Qwen2Audio.Numerics.Attention;

namespace Qwen2Audio.Numerics.Tests.Attention;

/// <summary>Outputs and gradients that were recorded with another implementation.</summary>
public class AttentionReferenceTests
{
    private static readonly string[] Parts = ["operators", "attention.safetensors"];

    [Fact]
    public void OutputsAndGradientsAreWithinTolerance()
    {
        Assert.SkipUnless(Fixtures.Has(Parts), Fixtures.MissingReason(Parts));
        using var file = SafetensorsFile.Open(Fixtures.Locate(Parts));
        using var expected = JsonDocument.Parse(File.ReadAllText(Fixtures.Locate("operators", "expected.json")));
        var cases = expected.RootElement.GetProperty("operators").GetProperty("attention").GetProperty("cases");
        Assert.NotEqual(0, cases.GetArrayLength());
        for (var i = 0; i < cases.GetArrayLength(); i++) Check(file, i, cases[i]);
    }

    private static void Check(SafetensorsFile file, int number, JsonElement settings)
    {
        using var pool = new WorkerPool(2);
        using var arena = new NativeArena(1 << 16);
        var kind = settings.GetProperty("kind").GetString();
        var heads = file.Tensors[$"{number}.q"].Shape;
        var shape = new AttentionShape(
            (int)heads[1], (int)file.Tensors[$"{number}.k"].Shape[1], (int)heads[2], kind != "cross",
            settings.TryGetProperty("window", out var window) ? window.GetInt32() : 0);
        var q = Read($"{number}.q");
        var k = Read($"{number}.k");
        var whole = new AttentionSegment
        {
            Q = q,
            K = k,
            V = Read($"{number}.v"),
            Y = arena.Allocate(q.Rows, q.Columns),
            Offset = settings.TryGetProperty("offset", out var offset) ? offset.GetInt32() : 0,
            LogSumExp = arena.Allocate(shape.Heads, q.Rows),
            DY = Read($"{number}.upstream.y"),
            DQ = arena.AllocateZeroed(q.Rows, q.Columns),
            DK = arena.AllocateZeroed(k.Rows, k.Columns),
            DV = arena.AllocateZeroed(k.Rows, k.Columns),
        };
        var segments = kind == "packed" ? Documents(file, number, whole) : [whole];
        ScaledDotProductAttention.Forward(pool, shape, segments);
        ScaledDotProductAttention.Backward(pool, shape, segments);

        var tolerance = settings.GetProperty("tolerance");
        Near(whole.Y, "out.y", tolerance.GetProperty("output").GetDouble());
        Near(whole.DQ, "grad.q", tolerance.GetProperty("gradient").GetDouble());
        Near(whole.DK, "grad.k", tolerance.GetProperty("gradient").GetDouble());
        Near(whole.DV, "grad.v", tolerance.GetProperty("gradient").GetDouble());

        Matrix Read(string name)
        {
            var size = file.Tensors[name].Shape;
            var matrix = arena.Allocate((int)size[0], (int)(size[1] * size[2]));
            file.ReadFloats(name, matrix.Span, 0);
            return matrix;
        }

        void Near(Matrix found, string name, double limit)
        {
            var error = AttentionReference.Error(found, AttentionReference.ToDouble(Read($"{number}.{name}")));
            Assert.True(error <= limit, $"case {number} ({kind}), {name}: {error} is more than {limit}");
        }
    }

    private static AttentionSegment[] Documents(SafetensorsFile file, int number, AttentionSegment whole)
    {
        var documents = new long[whole.Q.Rows];
        file.ReadBytes($"{number}.document", System.Runtime.InteropServices.MemoryMarshal.AsBytes(documents.AsSpan()), 0);
        var segments = new List<AttentionSegment>();
        for (var start = 0; start < documents.Length;)
        {
            var end = start;
            while (end < documents.Length && documents[end] == documents[start]) end++;
            segments.Add(new AttentionSegment
            {
                Q = whole.Q.RowRange(start, end - start),
                K = whole.K.RowRange(start, end - start),
                V = whole.V.RowRange(start, end - start),
                Y = whole.Y.RowRange(start, end - start),
                LogSumExp = whole.LogSumExp.ColumnRange(start, end - start),
                DY = whole.DY.RowRange(start, end - start),
                DQ = whole.DQ.RowRange(start, end - start),
                DK = whole.DK.RowRange(start, end - start),
                DV = whole.DV.RowRange(start, end - start),
            });
            start = end;
        }

        return [.. segments];
    }
}
