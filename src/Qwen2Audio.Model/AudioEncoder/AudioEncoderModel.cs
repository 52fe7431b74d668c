namespace Qwen2Audio.Model.AudioEncoder;

/// <summary>
/// The audio encoder of Qwen2-Audio (arXiv 2407.10759; transformers <c>Qwen2AudioEncoder</c>): two convolutions, positions, blocks,
/// averaging of row pairs (not in Whisper), LayerNorm. Our small models add CTC heads on the rows before averaging.
/// </summary>
public sealed class AudioEncoderModel
{
    private const float Eps = 1e-5f;
    private static readonly Site Input = new("encoder.input");
    private static readonly Site Output = new("encoder.output");
    private readonly int _conv1State;
    private readonly int _conv2State;
    private readonly (IWeight Kernel, IWeight Bias) _conv1;
    private readonly (IWeight Kernel, IWeight Bias) _conv2;
    private readonly (IWeight Gain, IWeight Bias)? _convNorm;
    private readonly IWeight? _positions;
    private readonly EncoderLayer[] _layers;
    private readonly (IWeight Gain, IWeight Bias) _norm;
    private readonly CtcHead? _ctc;
    private readonly CtcHead? _phones;

    /// <summary>Requests every weight by its published name.</summary>
    public AudioEncoderModel(AudioEncoderConfig config, IWeights weights)
    {
        Config = config;
        var width = config.DModel;
        var indices = new StateIndices();
        (_conv1State, _conv2State) = (indices.Next(), indices.Next());
        Conv1 = new ConvSpec(Kernel: 3, config.Conv1Stride, Groups: 1, PadLeft: 1, PadRight: 1);
        Conv2 = new ConvSpec(Kernel: 3, config.Conv2Stride, Groups: 1, PadLeft: 1, PadRight: 1);
        _conv1 = (weights.Get("conv1.weight", width, config.NumMelBins, 3), weights.Get("conv1.bias", width));
        _conv2 = (weights.Get("conv2.weight", width, width, 3), weights.Get("conv2.bias", width));
        if (config.ConvLayerNorm) _convNorm = (weights.Get("conv_layer_norm.weight", width), weights.Get("conv_layer_norm.bias", width));
        if (!config.RotaryPositions) _positions = weights.Get("embed_positions.weight", config.MaxSourcePositions, width);
        _layers = new EncoderLayer[config.EncoderLayers];
        for (var i = 0; i < _layers.Length; i++) _layers[i] = new EncoderLayer(config, i, weights.Sub($"layers.{i}"), indices);
        _norm = (weights.Get("layer_norm.weight", width), weights.Get("layer_norm.bias", width));
        if (config.CtcVocabSize > 0) _ctc = new CtcHead(config.CtcVocabSize, width, weights.Sub("ctc"));
        if (config.PhoneVocabSize > 0) _phones = new CtcHead(config.PhoneVocabSize, width, weights.Sub("phone_ctc"));
    }

    /// <summary>The encoder's sizes.</summary>
    public AudioEncoderConfig Config { get; }

    /// <summary>Sites for probes.</summary>
    public IReadOnlyList<Site> Sites => [Input, .. _layers.SelectMany(layer => layer.Sites), Output];

    /// <summary>The site of a block's output.</summary>
    /// <param name="block">From 1.</param>
    public Site OutputOf(int block) => _layers[block - 1].Output;

    /// <summary>The first convolution over mel frames.</summary>
    public ConvSpec Conv1 { get; }

    /// <summary>The second convolution.</summary>
    public ConvSpec Conv2 { get; }

    /// <summary>Mel frames per row before averaging.</summary>
    public int Stride => Config.Conv1Stride * Config.Conv2Stride;

    /// <summary>
    /// Log-mel rows [frames, bins] → <see cref="EncoderOutput{T}"/>. <paramref name="validRows"/>, if given, is the number of valid rows
    /// of each clip after the convolutions. The others come from padding and are dropped there, which is equivalent to the reference's masking of
    /// keys. With <paramref name="chunks"/> and a state, clips may come in pieces of whole chunks, which together give the same bits as the whole
    /// clip with these chunks.
    /// </summary>
    public EncoderOutput<T> Forward<T>(
        IOps<T> ops, T mel, Layout frames, ReadOnlySpan<int> validRows = default, EncoderChunks? chunks = null, IState? state = null)
    {
        if (state is not null && chunks is null) throw new ArgumentException("The encoder takes pieces of clips only in chunks.", nameof(state));
        var x = ops.Activate(ops.Conv1d(mel, _conv1.Kernel, _conv1.Bias, Conv1, frames, state, _conv1State), Activation.Gelu);
        var rows = frames.Convolved(Conv1);
        x = ops.Activate(ops.Conv1d(x, _conv2.Kernel, _conv2.Bias, Conv2, rows, state, _conv2State), Activation.Gelu);
        rows = rows.Convolved(Conv2);                                       // x [rows, width]
        if (!validRows.IsEmpty) (x, rows) = Keep(ops, x, rows, validRows);
        if (_convNorm is { } norm) x = ops.LayerNorm(x, norm.Gain, norm.Bias, Eps);
        if (_positions is not null) ops.Accumulate(ref x, ops.Embed(_positions, rows.Positions));
        ops.Tap(Input, x);
        x = ops.Dropout(x);

        T? phones = default;
        for (var i = 0; i < _layers.Length; i++)
        {
            x = _layers[i].Forward(ops, x, rows, chunks, state);
            if (_phones is not null && i + 1 == Config.PhoneLayers) phones = _phones.Logits(ops, x);
        }

        var ctc = _ctc is null ? default : _ctc.Logits(ops, x);
        var pooledRows = Config.AveragePooling ? rows.Halved() : rows;
        var pooled = ops.LayerNorm(Config.AveragePooling ? ops.PairMean(x, rows) : x, _norm.Gain, _norm.Bias, Eps);
        ops.Tap(Output, pooled);
        return new EncoderOutput<T>(pooled, pooledRows, rows, ctc, phones);
    }

    /// <summary>The layout of the pooled rows that <see cref="Forward"/> returns for these frames, all of them valid.</summary>
    public Layout PooledRows(Layout frames)
    {
        var rows = frames.Convolved(Conv1).Convolved(Conv2);
        return Config.AveragePooling ? rows.Halved() : rows;
    }

    private static (T X, Layout Rows) Keep<T>(IOps<T> ops, T x, Layout rows, ReadOnlySpan<int> valid)
    {
        var kept = Layout.Of(valid);
        if (kept.Rows == rows.Rows) return (x, kept);
        var indices = new int[kept.Rows];
        for (int sequence = 0, row = 0; sequence < kept.Sequences; sequence++)
            for (var i = 0; i < valid[sequence]; i++) indices[row++] = rows.Starts[sequence] + i;
        return (ops.TakeRows(x, indices), kept);
    }

    /// <summary>A CTC head: LayerNorm and a linear layer to class scores.</summary>
    private sealed class CtcHead(int classes, int width, IWeights weights)
    {
        private readonly (IWeight Gain, IWeight Bias) _norm =
            (weights.Get("layer_norm.weight", width), weights.Get("layer_norm.bias", width));

        private readonly (IWeight Weight, IWeight Bias) _linear =
            (weights.Get("linear.weight", classes, width), weights.Get("linear.bias", classes));

        public T Logits<T>(IOps<T> ops, T x) =>
            ops.Linear(ops.LayerNorm(x, _norm.Gain, _norm.Bias, Eps), _linear.Weight, _linear.Bias);
    }
}

/// <summary>The encoder's output for a batch of clips.</summary>
/// <param name="Pooled">Rows for the projector or the decoder, [pooled rows, width].</param>
/// <param name="PooledRows">Their layout, one sequence per clip.</param>
/// <param name="Rows">Layout of the rows before pooling, which the CTC logits have.</param>
/// <param name="Ctc">CTC logits [rows, classes]; default without a head.</param>
/// <param name="Phones">Phone CTC logits [rows, classes]; default without a head.</param>
public readonly record struct EncoderOutput<T>(T Pooled, Layout PooledRows, Layout Rows, T? Ctc, T? Phones);
