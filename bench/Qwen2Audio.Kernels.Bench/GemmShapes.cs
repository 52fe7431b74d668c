using System.Diagnostics;
using System.Runtime.InteropServices;
using Qwen2Audio.Numerics.Memory;
using Qwen2Audio.Numerics.Products;
using Qwen2Audio.Numerics.Stored;
using Qwen2Audio.Numerics.Threads;

namespace Qwen2Audio.Kernels.Bench;

/// <summary>Matrix products in the shapes of training, recognition, prefill and decode.</summary>
internal static class GemmShapes
{
    private const double SecondsPerShape = 0.4;

    private static readonly (string Name, int M, int N, int K)[] Plain =
    [
        ("training square", 2048, 192, 192),
        ("training shared expert", 2048, 256, 192),
        ("training vocabulary", 2048, 2048, 192),
        ("training deep", 2048, 192, 2048),
        ("square 1024", 1024, 1024, 1024),
        ("square 2048", 2048, 2048, 2048),
        ("small audio 300x128x512", 300, 128, 512),
        ("small audio 300x512x192", 300, 512, 192),
        ("small audio 300x192x192", 300, 192, 192),
    ];

    private static readonly (string Name, int M, int N, int K)[] Packed =
    [
        ("0.5B prefill", 512, 4864, 896),
        ("7B prefill", 256, 11008, 4096),
        ("0.5B decode", 1, 4864, 896),
        ("7B decode", 1, 11008, 4096),
        ("7B decode 2 rows", 2, 11008, 4096),
        ("7B decode 3 rows", 3, 11008, 4096),
        ("7B decode 4 rows", 4, 11008, 4096),
        ("7B decode 7 rows", 7, 11008, 4096),
    ];

    public static void Measure(WorkerPool pool, string[] words)
    {
        var memory = PeakMeasurement.ReadGigabytesPerSecond(pool);
        var peak = PeakMeasurement.FusedMultiplyAddGflops(pool);
        Console.WriteLine($"{pool.Threads} thread(s): multiply-add {peak:F0} GF/s, memory read {memory:F1} GB/s");
        foreach (var (name, m, n, k) in Plain)
        {
            foreach (var (form, transposeA, transposeB) in new[] { ("Y=X·Wᵀ", false, true), ("dX=dY·W", false, false), ("dW=dYᵀ·X", true, false) })
                if (Wanted($"{name} {form}", words)) MeasurePlain(pool, $"{name} {form}", m, n, k, transposeA, transposeB);
        }

        if (Wanted("experts 8x500x192x128", words)) MeasureExperts(pool);
        foreach (var (name, m, n, k) in Packed)
        {
            if (Wanted(name, words)) MeasurePacked(pool, name, m, n, k);
            foreach (var type in Enum.GetValues<StoredType>())
                if (Wanted($"{name} stored {type}", words)) MeasureStored(pool, $"{name} stored {type}", type, m, n, k);
        }
    }

    private static bool Wanted(string name, string[] words) =>
        words.Length == 0 || words.All(word => name.Contains(word, StringComparison.OrdinalIgnoreCase));

    private static void MeasurePlain(WorkerPool pool, string name, int m, int n, int k, bool transposeA, bool transposeB)
    {
        using var memory = new NativeArena();
        if (transposeA) (m, k) = (n, m); // dW = dYᵀ·X sums over the rows of the step
        var a = Filled(memory, transposeA ? k : m, transposeA ? m : k);
        var b = Filled(memory, transposeB ? n : k, transposeB ? k : n);
        var c = Filled(memory, m, n);
        Report(pool, name, m, n, k, 2.0 * m * n * k, 0, () => Gemm.Multiply(pool, a, transposeA, b, transposeB, c));
    }

    private static void MeasureExperts(WorkerPool pool)
    {
        using var memory = new NativeArena();
        var jobs = new GemmJob[8];
        for (var i = 0; i < jobs.Length; i++)
            jobs[i] = new GemmJob(Filled(memory, 500, 192), false, Filled(memory, 128, 192), true, Filled(memory, 500, 128), false);
        Report(pool, "experts 8x", 500, 128, 192, 8 * 2.0 * 500 * 128 * 192, 0, () => Gemm.MultiplyAll(pool, jobs));
    }

    private static void MeasurePacked(WorkerPool pool, string name, int m, int n, int k)
    {
        using var memory = new NativeArena();
        var a = Filled(memory, m, k);
        var c = Filled(memory, m, n);
        using var weights = PackedMatrix.Pack(pool, Filled(memory, n, k), transposeB: true);
        // decode reads its weights from memory each time: enough copies that no cache holds them
        var copies = m > 8 ? 1 : (int)Math.Max(1, 300_000_000 / weights.Bytes);
        var all = Enumerable.Range(0, copies)
            .Select(i => i == 0 ? weights : PackedMatrix.Pack(pool, Filled(memory, n, k), transposeB: true)).ToArray();
        var next = 0;
        Report(pool, name, m, n, k, 2.0 * m * n * k, m > 8 ? 0 : weights.Bytes,
            () => Gemm.Multiply(pool, a, all[next = (next + 1) % all.Length], c));
        foreach (var copy in all) copy.Dispose();
    }

    private static unsafe void MeasureStored(WorkerPool pool, string name, StoredType type, int m, int n, int k)
    {
        using var memory = new NativeArena();
        var a = Filled(memory, m, k);
        var c = Filled(memory, m, n);
        var size = type.Block().Bytes;
        var bytes = (long)n * k * size;
        var copies = m > 8 ? 1 : (int)Math.Max(1, 300_000_000 / bytes);
        var all = (byte*)NativeMemory.AllocZeroed((nuint)(copies * bytes));
        var next = 0;
        Report(pool, name, m, n, k, 2.0 * m * n * k, m > 8 ? 0 : bytes,
            () => StoredGemm.Multiply(pool, a, new StoredMatrix((nint)(all + (next = (next + 1) % copies) * bytes), bytes, type, n, k), c));
        NativeMemory.Free(all);
    }

    private static Matrix Filled(NativeArena memory, int rows, int columns)
    {
        var matrix = memory.Allocate(rows, columns);
        var random = new Random(rows + columns);
        for (var i = 0; i < rows; i++)
            foreach (ref var x in matrix.Row(i)) x = random.NextSingle() - 0.5f;
        return matrix;
    }

    // the limit is measured again around each row, since other programs and clock rates change it; the median round counts
    private static void Report(WorkerPool pool, string name, int m, int n, int k, double operations, double bytes, Action round)
    {
        Limit(pool, bytes > 0);
        for (var i = 0; i < 3; i++) round();
        var before = Limit(pool, bytes > 0);
        var times = new List<double>();
        var start = Stopwatch.GetTimestamp();
        while (times.Count < 5 || Stopwatch.GetElapsedTime(start).TotalSeconds < SecondsPerShape)
        {
            var began = Stopwatch.GetTimestamp();
            round();
            times.Add(Stopwatch.GetElapsedTime(began).TotalSeconds);
        }

        var limit = Math.Max(before, Limit(pool, bytes > 0));
        times.Sort();
        var median = (bytes > 0 ? bytes : operations) / times[times.Count / 2] / 1e9;
        var best = (bytes > 0 ? bytes : operations) / times[0] / 1e9;
        var unit = bytes > 0 ? "GB/s" : "GF/s";
        Console.WriteLine($"{name,-40} {m,5} x {n,5} x {k,5}  {median,7:F1} {unit} median {100 * median / limit,4:F0}%, " +
            $"{best,7:F1} best {100 * best / limit,4:F0}% of {limit:F1}");
    }

    private static double Limit(WorkerPool pool, bool memory) =>
        memory ? PeakMeasurement.ReadGigabytesPerSecond(pool) : PeakMeasurement.FusedMultiplyAddGflops(pool);
}
