namespace Qwen2Audio.Model.Ops;

/// <summary>
/// The operators with which all models are written. An operator set decides how rows are stored and what else happens:
/// <c>InferenceOps</c> uses arena memory and state, <c>TrainingOps</c> records a tape. Model code does not depend on the set.
/// </summary>
/// <typeparam name="T">The set's matrix type. Rows are sequence positions.</typeparam>
public interface IOps<T>
{
    /// <summary>Rows of given values (audio features), row-major.</summary>
    T Input(ReadOnlySpan<float> values, int rows, int columns);

    /// <summary>Looks up row ids[i] of <paramref name="table"/> [vocabulary, width] for each row i.</summary>
    T Embed(IWeight table, ReadOnlySpan<int> ids);

    /// <summary>Replaces row rows[i] of x with row i of <paramref name="values"/>; x may get new storage.</summary>
    void PutRows(ref T x, ReadOnlySpan<int> rows, T values);

    /// <summary>Gathers row rows[i] of x for each row i.</summary>
    T TakeRows(T x, ReadOnlySpan<int> rows);

    /// <summary>x · weightᵀ + bias, weight [out, in]; may be a <see cref="NormedWeight"/>.</summary>
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

    /// <summary>Rotates queries and keys by their positions; both may get new storage.</summary>
    void Rope(ref T q, ref T k, in RopeSpec spec, Layout rows);

    /// <summary>
    /// Attention of <paramref name="q"/> to the keys and values of the same rows or, with a state, of all rows of the sequence so far, to
    /// which k and v are appended first. Without a state, <paramref name="keyRows"/> is the layout of k and v if it differs from that of q.
    /// <paramref name="stateIndex"/> is the layer.
    /// </summary>
    T Attention(T q, T k, T v, in AttentionSpec spec, Layout rows, IState? state = null, int stateIndex = 0, Layout? keyRows = null);

    /// <summary>
    /// Convolution over each sequence, kernel [out, in / groups, kernel]; may be a <see cref="NormedWeight"/>. The output
    /// has the layout <see cref="Layout.Convolved(in ConvSpec)"/>. With a state, sequences may come in pieces, which together give
    /// the same bits as the whole sequence.
    /// </summary>
    T Conv1d(T x, IWeight kernel, IWeight? bias, in ConvSpec spec, Layout rows, IState? state = null, int stateIndex = 0);

    /// <summary>
    /// Transposed convolution over each sequence, kernel [in, out / groups, kernel]; may be a <see cref="NormedWeight"/>. Layout
    /// and pieces as for <see cref="Conv1d"/>.
    /// </summary>
    T ConvTranspose1d(T x, IWeight kernel, IWeight? bias, in TransposedConvSpec spec, Layout rows, IState? state = null, int stateIndex = 0);

    /// <summary>
    /// Frame features of audio (no weights): samples [rows, 1] → [frames, features]. The output has the layout of
    /// <see cref="AnalysisSpec.Frames"/>; pieces as for <see cref="Conv1d"/>.
    /// </summary>
    T Analyse(T sound, in AnalysisSpec spec, Layout rows, IState? state = null, int stateIndex = 0);

    /// <summary>
    /// Audio from spectra (no weights): log magnitudes and phases [frames, 2 · bins] → [samples, 1]. The output has the
    /// layout of <see cref="SynthesisSpec.Overlap"/>; pieces as for <see cref="ConvTranspose1d"/>.
    /// </summary>
    T Synthesise(T spectra, in SynthesisSpec spec, Layout rows, IState? state = null, int stateIndex = 0);

    /// <summary>
    /// x + LSTM(x): stacked LSTM layers over each sequence, starting from zeros or the state, with one residual connection around all of them
    /// (EnCodec).
    /// </summary>
    T Lstm(T x, IReadOnlyList<LstmLayerWeights> layers, Layout rows, IState? state = null, int stateIndex = 0);

    /// <summary>
    /// The rows of x at the positions of <paramref name="until"/>, another result that lags by at most <paramref name="maxLag"/> rows. With
    /// a state, later rows are held back (a delay line); without one, returns x.
    /// </summary>
    T Delay(T x, Layout rows, Layout until, int maxLag, IState? state = null, int stateIndex = 0);

    /// <summary>
    /// Residual quantisation: each stage quantises the residual of the stages before it to an entry (the first on ties) and passes the rest
    /// on. The result is the sum of the entries, projected back if a stage has projections; gradients pass straight through. In
    /// stages without projections the entries are constants for the gradient; otherwise it flows through the projections.
    /// </summary>
    /// <param name="x">[rows, width].</param>
    /// <param name="stages">The stages to use.</param>
    /// <param name="codes">[rows, stages], overwritten with the chosen entries; −1 if a row does not use a stage.</param>
    /// <param name="depths">Number of stages that each row uses; empty: all.</param>
    T Quantise(T x, ReadOnlySpan<QuantiserStage> stages, Span<int> codes, ReadOnlySpan<int> depths = default);

    /// <summary>Element-wise function.</summary>
    T Activate(T x, in ActivationSpec spec);

    /// <summary>Means of rows 2i and 2i + 1 of each sequence; an odd last row is dropped.</summary>
    T PairMean(T x, Layout rows);

    /// <summary>
    /// Residual connection: x + delta, in place; x may get new storage. With a <paramref name="scale"/>, one value per column: x + scale · delta
    /// (layer scale).
    /// </summary>
    void Accumulate(ref T x, T delta, IWeight? scale = null);

    /// <summary>Dropout in training; nothing at inference.</summary>
    T Dropout(T x);

    /// <summary>
    /// Runs a layer. Only the result of <paramref name="body"/> outlives it, and x may be overwritten. In training
    /// the body may run again in the backward pass instead of keeping its results, so it must depend on its arguments only. A static
    /// lambda and a struct state avoid allocations.
    /// </summary>
    T Layer<TState>(int index, T x, TState state, LayerBody<T, TState> body);

    /// <summary>
    /// Shows a value to a probe, which may replace its content at inference; no other value may share its storage. Does nothing
    /// without a probe.
    /// </summary>
    void Tap(Site site, T value);

    /// <summary>
    /// Shows the codes of a codebook to a probe, as a column [rows, 1]. At inference it may replace them by others of the
    /// <paramref name="entries"/> entries; −1, no entry, stays.
    /// </summary>
    /// <exception cref="InvalidOperationException">The probe put something else than an entry.</exception>
    void Tap(Site site, Span<int> codes, int entries);
}

/// <summary>A layer's computation on x; <paramref name="state"/> holds its other inputs.</summary>
public delegate T LayerBody<T, in TState>(IOps<T> ops, T x, TState state);
