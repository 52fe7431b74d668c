using Qwen2Audio.Model;
using Qwen2Audio.Model.Ops;
using Qwen2Audio.Numerics.Memory;
using Qwen2Audio.Numerics.Products;
using Qwen2Audio.Numerics.Threads;
using Qwen2Audio.Training.Data;
using Qwen2Audio.Training.Ops;
using Qwen2Audio.Training.Optimisation;
using Qwen2Audio.Training.Quantisation;

namespace Qwen2Audio.Training.Codec;

/// <summary>Initial values of a frame-rate codec: its weights, and its codebooks from the untrained encoder's latents of recordings.</summary>
internal static class CodecInitialisation
{
    private const double HeadDeviation = 0.02;
    private const float QuietHead = -2;

    /// <summary>
    /// Gains 1, biases 0, linear layers and dense convolutions Xavier uniform, depthwise ones normal with variance 1/kernel; block scales 1/blocks;
    /// the head normal with standard deviation 0.02 and initial magnitudes e⁻². Values depend only on the seed and each parameter's name.
    /// </summary>
    public static void Fill(ParameterSet parameters, CodecRecipe recipe)
    {
        foreach (var parameter in parameters.Parameters) Fill(parameter, recipe);
    }

    /// <summary>
    /// Initialises each codebook by k-means on the residuals of the codebooks before it, from latents of drawn crops. Codebooks of another codec stay; only
    /// their averages are initialised.
    /// </summary>
    public static void FillCodebooks(FrameCodecModel codec, CodebookAverage average, TrainingOps ops, CropSampler sampler, CodecRecipe recipe)
    {
        var (quantiser, model) = (recipe.Quantiser, recipe.Model);
        var perCrop = sampler.Samples / model.Hop;
        var crops = (quantiser.StartFrames + perCrop - 1) / perCrop;
        using var latents = new NativeBuffer((long)crops * perCrop * model.Dimension);
        using var centres = new NativeBuffer((long)model.Entries * model.Dimension);
        var (left, book) = (latents.Matrix(crops * perCrop, model.Dimension), centres.Matrix(model.Entries, model.Dimension));
        var sound = new float[sampler.Samples];
        for (var crop = 0; crop < crops; crop++)
        {
            sampler.Draw(-1 - crop / recipe.Data.Batch, crop % recipe.Data.Batch, sound, []);
            ops.Records = false;
            ops.Begin();
            var rows = Layout.Of(sound.Length);
            left.RowRange(crop * perCrop, perCrop).CopyFrom(codec.Encoder.Forward(ops, ops.Input(sound, sound.Length, 1), ref rows).Value);
        }

        ops.Records = true;
        var scale = (double)recipe.Data.Batch * perCrop / left.Rows; // rows in a step relative to these
        for (var stage = 0; stage < model.Books; stage++)
        {
            var nearest = recipe.InitialiseFrom.Length > 0 ? Nearest(ops.Pool, left, (Parameter)codec.Quantiser.Stages[stage].Codebook, book)
                : KMeans.Fit(ops.Pool, left, book, quantiser.StartIterations, new CounterRandom((ulong)recipe.Seed, unchecked(ulong.MaxValue - (ulong)stage)));
            var sizes = new double[model.Entries];
            foreach (var code in nearest) sizes[code] += scale;
            average.Initialise(stage, book, sizes);
            for (var row = 0; row < left.Rows; row++) Subtract(book.Row(nearest[row]), left.Row(row));
        }
    }

    private static int[] Nearest(WorkerPool pool, Matrix rows, Parameter codebook, Matrix copy)
    {
        copy.CopyFrom(codebook.Value);
        var nearest = new int[rows.Rows];
        NearestRows.Find(pool, rows, copy, nearest);
        return nearest;
    }

    private static void Fill(Parameter parameter, CodecRecipe recipe)
    {
        var (name, model) = (parameter.Name, recipe.Model);
        if (name.EndsWith("norm.weight", StringComparison.Ordinal)) parameter.Value.Fill(1);
        else if (name.EndsWith(".scale", StringComparison.Ordinal))
            parameter.Value.Fill(1f / (name.StartsWith("encoder.", StringComparison.Ordinal) ? model.EncoderBlocks : model.DecoderBlocks));
        else if (name == "decoder.head.bias") parameter.Value.ColumnRange(0, parameter.Columns / 2).Fill(QuietHead);
        else if (parameter.Shape.Count > 1 && !name.StartsWith("averages.", StringComparison.Ordinal)) FillMatrix(parameter, (ulong)recipe.Seed);
    }

    private static void FillMatrix(Parameter parameter, ulong seed)
    {
        var random = new CounterRandom(seed, Initialisation.NameHash(parameter.Name));
        var (shape, taps) = (parameter.Shape, parameter.Shape.Count > 2 ? parameter.Shape[2] : 1);
        var bound = Math.Sqrt(6.0 / ((shape[0] + shape[1]) * taps));
        var deviation = parameter.Name == "decoder.head.weight" ? HeadDeviation : taps > 1 && shape[1] == 1 ? Math.Sqrt(1.0 / taps) : 0;
        foreach (ref var value in parameter.Value.Span) value = (float)(deviation > 0 ? deviation * random.NextGaussian() : random.Uniform(-bound, bound));
    }

    private static void Subtract(ReadOnlySpan<float> entry, Span<float> row)
    {
        for (var d = 0; d < row.Length; d++) row[d] -= entry[d];
    }
}
