namespace Qwen2Audio.Model.Ops;

/// <summary>
/// The operators that every model here is written against. An operator set decides how rows are stored and what else is done while
/// computing: <c>InferenceOps</c> uses arena memory and state, <c>TrainingOps</c> records a tape. Model code never asks which.
/// </summary>
/// <typeparam name="T">The set's handle of a matrix, rows × columns; a row is a position.</typeparam>
public interface IOps<T>
{
    /// <summary>Rows of given numbers (audio features), row-major.</summary>
    T Input(ReadOnlySpan<float> values, int rows, int columns);

    /// <summary>Row i is row ids[i] of <paramref name="table"/> [vocabulary, width].</summary>
    T Embed(IWeight table, ReadOnlySpan<int> ids);

    /// <summary>Replaces row rows[i] of x by row i of <paramref name="values"/>; x may lose its old storage.</summary>
    void PutRows(ref T x, ReadOnlySpan<int> rows, T values);

    /// <summary>Row i is row rows[i] of x.</summary>
    T TakeRows(T x, ReadOnlySpan<int> rows);

    /// <summary>x · weightᵀ + bias, weight [out, in]; a <see cref="NormedWeight"/> may be one.</summary>
    T Linear(T x, IWeight weight, IWeight? bias = null);

    /// <summary>Queries [rows, heads · dim], keys and values [rows, kv heads · dim].</summary>
    void Qkv(T x, QkvWeights weights, out T q, out T k, out T v);

    /// <summary>down(silu(gate x) · up x).</summary>
    T GatedFfn(T x, GatedFfnWeights weights);

    /// <summary>fc2(activation(fc1 x)).</summary>
    T Mlp(T x, MlpWeights weights, Activation activation);

    /// <summary>Σ pₑ · expertₑ(x) + sigmoid(sharedGate x) · shared(x).</summary>
    T MoeFfn(T x, MoeWeights weights, in MoeSpec spec);

    /// <summary>gain · x / √(mean(x²) + eps).</summary>
    T RmsNorm(T x, IWeight gain, float eps);

    /// <summary>
    /// gain · (x − mean) / √(variance + eps) + bias, mean and variance of each row or, with <paramref name="sequences"/>, of all numbers of each
    /// sequence, which must be whole (group norm with one group).
    /// </summary>
    T LayerNorm(T x, IWeight gain, IWeight bias, float eps, Layout? sequences = null);

    /// <summary>Rotates queries and keys by their positions; both may lose their old storage.</summary>
    void Rope(ref T q, ref T k, in RopeSpec spec, Layout rows);

    /// <summary>
    /// Attention of <paramref name="q"/> to k and v of the same rows or, with a state, to those of all rows of the sequence so far, to
    /// which k and v are added first. Without a state, <paramref name="keyRows"/> lays out k and v when they are not the rows of q.
    /// <paramref name="stateIndex"/> is the layer.
    /// </summary>
    T Attention(T q, T k, T v, in AttentionSpec spec, Layout rows, IState? state = null, int stateIndex = 0, Layout? keyRows = null);

    /// <summary>
    /// Convolution over each sequence's rows, kernel [out, in / groups, kernel]; a <see cref="NormedWeight"/> may be one. The rows that come
    /// out are laid out by <see cref="Layout.Convolved(in ConvSpec)"/>. With a state, sequences may come in pieces: together these give
    /// the bits of the whole.
    /// </summary>
    T Conv1d(T x, IWeight kernel, IWeight? bias, in ConvSpec spec, Layout rows, IState? state = null, int stateIndex = 0);

    /// <summary>
    /// Transposed convolution over each sequence's rows, kernel [in, out / groups, kernel]; a <see cref="NormedWeight"/> may be one. Rows
    /// and pieces as for <see cref="Conv1d"/>.
    /// </summary>
    T ConvTranspose1d(T x, IWeight kernel, IWeight? bias, in TransposedConvSpec spec, Layout rows, IState? state = null, int stateIndex = 0);

    /// <summary>
    /// Features of the frames of sound, a fixed function: samples [rows, 1] → [frames, features]. The rows that come out are laid out by
    /// <see cref="AnalysisSpec.Frames"/>; pieces as for <see cref="Conv1d"/>.
    /// </summary>
    T Analyse(T sound, in AnalysisSpec spec, Layout rows, IState? state = null, int stateIndex = 0);

    /// <summary>
    /// Sound from spectra, a fixed function: logarithms of magnitudes and phases [frames, 2 · bins] → [samples, 1]. The rows that come out are
    /// laid out by <see cref="SynthesisSpec.Overlap"/>; pieces as for <see cref="ConvTranspose1d"/>.
    /// </summary>
    T Synthesise(T spectra, in SynthesisSpec spec, Layout rows, IState? state = null, int stateIndex = 0);

    /// <summary>
    /// x + LSTM(x), layer upon layer over each sequence's rows, from zeros or the state on, with one residual connection around them all
    /// (EnCodec).
    /// </summary>
    T Lstm(T x, IReadOnlyList<LstmLayerWeights> layers, Layout rows, IState? state = null, int stateIndex = 0);

    /// <summary>
    /// The rows of x at the positions of <paramref name="until"/>, another result that comes later by <paramref name="most"/> rows at most: with
    /// a state, rows that it has not yet are held back (a delay line); without one, x itself.
    /// </summary>
    T Delay(T x, Layout rows, Layout until, int most, IState? state = null, int stateIndex = 0);

    /// <summary>
    /// Residual quantisation: each stage takes an entry for what the stages before left of a row, the first on ties, and leaves the rest to the
    /// next. The result is the sum of the entries (projected back, where a stage projects), on which gradients pass straight through. Between
    /// stages without projections entries are constants for the gradient; with projections it passes through them.
    /// </summary>
    /// <param name="x">[rows, width].</param>
    /// <param name="stages">The stages to use.</param>
    /// <param name="codes">[rows, stages], overwritten: which entries were taken; −1 where a row does not use a stage.</param>
    /// <param name="depths">How many stages each row uses; empty: all.</param>
    T Quantise(T x, ReadOnlySpan<QuantiserStage> stages, Span<int> codes, ReadOnlySpan<int> depths = default);

    /// <summary>Element-wise function.</summary>
    T Activate(T x, in ActivationSpec spec);

    /// <summary>Means of rows 2i and 2i + 1 of each sequence; an odd last row is dropped.</summary>
    T PairMean(T x, Layout rows);

    /// <summary>
    /// x + delta, into x; x may lose its old storage (residual connection). With a <paramref name="scale"/>, a number a column, x + scale · delta
    /// (layer scale).
    /// </summary>
    void Accumulate(ref T x, T delta, IWeight? scale = null);

    /// <summary>Sets numbers to zero at random while training, and scales the rest; nothing at inference.</summary>
    T Dropout(T x);

    /// <summary>
    /// Runs a layer. What <paramref name="body"/> returns survives it; its other results may not, nor may x keep its numbers. While training
    /// the body may run once more in the backward pass in place of keeping what it made: it must follow from its arguments alone. A static
    /// lambda and a struct as state cost no allocation.
    /// </summary>
    T Layer<TState>(int index, T x, TState state, LayerBody<T, TState> body);

    /// <summary>
    /// Shows a value to who listens, who may put other numbers into it at inference: nothing else may have its storage. Nothing is done
    /// unless somebody listens.
    /// </summary>
    void Tap(Site site, T value);
}

/// <summary>A layer's work on x; <paramref name="state"/> is all else that it needs.</summary>
public delegate T LayerBody<T, in TState>(IOps<T> ops, T x, TState state);
