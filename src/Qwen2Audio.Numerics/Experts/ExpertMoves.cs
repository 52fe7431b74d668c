using System.Numerics;

namespace Qwen2Audio.Numerics.Experts;

/// <summary>The loops of <see cref="ExpertRows"/> over blocks of entries or rows.</summary>
internal unsafe struct ExpertMoves
{
    private const int PerItem = 64;

    public Matrix Plain;
    public Matrix Grouped;
    public Matrix GroupedGradient;
    public Matrix WeightGradient;
    public int* SourceRows;
    public int* SourceChoices;
    public int* Places;
    public float* Weights;
    public int ChoicesPerRow;
    public int Count;

    public static int Items(int count) => (count + PerItem - 1) / PerItem;

    public static void Gather(void* context, int item, int worker)
    {
        var moves = (ExpertMoves*)context;
        var end = moves->End(item);
        for (var entry = item * PerItem; entry < end; entry++)
            moves->Plain.Row(moves->SourceRows[entry]).CopyTo(moves->Grouped.Row(entry));
    }

    public static void Combine(void* context, int item, int worker)
    {
        var moves = (ExpertMoves*)context;
        var k = moves->ChoicesPerRow;
        var end = moves->End(item);
        for (var row = item * PerItem; row < end; row++)
        {
            for (var c = (long)row * k; c < (long)(row + 1) * k; c++)
                AddScaled(moves->Weights[c], At(moves->Grouped, moves->Places[c]), At(moves->Plain, row), moves->Plain.Columns);
        }
    }

    public static void CombineBackward(void* context, int item, int worker)
    {
        var moves = (ExpertMoves*)context;
        var end = moves->End(item);
        for (var entry = item * PerItem; entry < end; entry++)
        {
            var row = moves->SourceRows[entry];
            var choice = moves->SourceChoices[entry];
            At(moves->WeightGradient, row)[choice - row * moves->ChoicesPerRow] = DotAndScale(
                At(moves->Grouped, entry), At(moves->Plain, row), moves->Weights[choice], At(moves->GroupedGradient, entry),
                moves->Plain.Columns);
        }
    }

    public static void GatherBackward(void* context, int item, int worker)
    {
        var moves = (ExpertMoves*)context;
        var k = moves->ChoicesPerRow;
        var end = moves->End(item);
        for (var row = item * PerItem; row < end; row++)
        {
            for (var c = (long)row * k; c < (long)(row + 1) * k; c++)
                Add(At(moves->Grouped, moves->Places[c]), At(moves->Plain, row), moves->Plain.Columns);
        }
    }

    private readonly int End(int item) => Math.Min(Count, (item + 1) * PerItem);

    private static float* At(Matrix matrix, int row) => matrix.Data + (long)row * matrix.Stride;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddScaled(float scale, float* x, float* y, int length)
    {
        var i = 0;
        for (; i <= length - Vector<float>.Count; i += Vector<float>.Count)
            Vector.Store(Vector.Load(y + i) + Vector.Load(x + i) * scale, y + i);
        for (; i < length; i++) y[i] += x[i] * scale;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Add(float* x, float* y, int length)
    {
        var i = 0;
        for (; i <= length - Vector<float>.Count; i += Vector<float>.Count)
            Vector.Store(Vector.Load(y + i) + Vector.Load(x + i), y + i);
        for (; i < length; i++) y[i] += x[i];
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float DotAndScale(float* x, float* dy, float scale, float* dx, int length)
    {
        Vector<float> even = default, odd = default;
        var i = 0;
        for (; i <= length - 2 * Vector<float>.Count; i += 2 * Vector<float>.Count)
        {
            Vector<float> first = Vector.Load(dy + i), second = Vector.Load(dy + i + Vector<float>.Count);
            even += first * Vector.Load(x + i);
            odd += second * Vector.Load(x + i + Vector<float>.Count);
            Vector.Store(first * scale, dx + i);
            Vector.Store(second * scale, dx + i + Vector<float>.Count);
        }

        var sum = Vector.Sum(even + odd);
        for (; i < length; i++)
        {
            var gradient = dy[i];
            sum += gradient * x[i];
            dx[i] = gradient * scale;
        }

        return sum;
    }
}
